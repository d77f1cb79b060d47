/** Recorded answers, read by the AI SDK's model behind this adapter, and by our own: they have to say the same. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { fromAiSdk } from "headgate/from-ai-sdk";
import type { Provider } from "headgate/kit";
import { openaiCompatible } from "headgate/openai-compatible";
import { describe, expect, it } from "vitest";
import { MODEL } from "./from-ai-sdk-support.ts";
import { type Answer, ask, lines, StubVendor } from "./replay.ts";

const folder =
  process.env["HEADGATE_RECORDINGS"] ?? fileURLToPath(new URL("../../../shared/recordings", import.meta.url));
const FOLDERS = ["openai/chat", "openai-compatible/chat", "deepseek/chat", "groq", "mistral"];
const all = FOLDERS.filter((path) => existsSync(`${folder}/${path}`)).flatMap((path) =>
  readdirSync(`${folder}/${path}`)
    // A refusal, and frames that are framed already, are the business of other tests.
    .filter((name) => /\.(json|txt)$/.test(name) && !name.includes("error"))
    .map((name) => `${path}/${name}`),
);

/** Every place in a short stream; of a long one the beginning, the end, and some between. */
const cuts = (length: number): readonly number[] =>
  Array.from({ length }, (_, count) => count).filter((count) => count < 20 || count > length - 10 || count % 10 === 0);

const told = ({ parts, finish, error }: Answer) => ({
  parts: parts.map((part) => ({ ...part, id: undefined, state: undefined })),
  reason: finish?.finishReason,
  raw: finish?.rawFinishReason,
  usage: finish?.usage,
  response: finish?.response,
  error: (error as { readonly code?: string } | undefined)?.code,
});

describe.skipIf(all.length === 0)("recorded answers (skipped where the recordings are not at hand)", () => {
  it.each(all)("%s", async (path) => {
    const text = readFileSync(`${folder}/${path}`, "utf8");
    const isWhole = path.endsWith(".json");
    const frames = isWhole ? [text] : [...lines(text).map((line) => `data: ${line}\n\n`), "data: [DONE]\n\n"];
    const vendor = new StubVendor();
    const read = (provider: Provider, count: number): Promise<Answer> => {
      const type = isWhole ? "application/json" : "text/event-stream";
      vendor.reply = { headers: { "content-type": type }, chunks: [Buffer.from(frames.slice(0, count).join(""))] };
      return ask(provider, { mode: isWhole ? "complete" : "stream", model: MODEL });
    };
    const baseURL = "http://127.0.0.1";
    const model = createOpenAICompatible({ name: "acme", baseURL, fetch: (url, init) => vendor.fetch(url, init) });
    const theirs = fromAiSdk({ name: "acme", model });
    const ours = openaiCompatible({ name: "acme", baseURL, apiKey: "any", transport: vendor });
    const whole = await read(theirs, frames.length);
    expect(whole.error).toBeUndefined();
    expect(told(whole)).toEqual(told(await read(ours, frames.length)));
    if (isWhole) return;
    // S1: whole from the reason to stop on, and never before.
    for (const count of cuts(frames.length)) {
      const stopped = frames.slice(0, count).some((frame) => /"finish_reason":\s*"\w/.test(frame));
      const { finish, error } = await read(theirs, count);
      if (stopped) expect([count, finish?.finishReason]).toEqual([count, whole.finish?.finishReason]);
      else expect([count, finish, (error as { code?: string }).code]).toEqual([count, undefined, "stream_truncated"]);
    }
  });
});

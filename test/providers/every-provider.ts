/** Every built-in provider over a stand-in for its vendor: what must hold of all of them is tested once. */
import { anthropic } from "headgate/anthropic";
import { bedrock } from "headgate/bedrock";
import { google } from "headgate/google";
import type { Provider, ProviderModel, Transport } from "headgate/kit";
import { openai } from "headgate/openai";
import { openaiCompatible } from "headgate/openai-compatible";

export interface Made {
  readonly apiKey: string;
  readonly transport: Transport;
}

interface Kind {
  provide(made: Made): Provider;
  /** The vendor's own model id, where it tells what the model takes. */
  readonly id?: string;
  readonly streamType?: string;
}

const inhouse = { name: "inhouse", baseURL: "http://inhouse.test/v1" } as const;

export const PROVIDERS: Readonly<Record<string, Kind>> = {
  "openai, Responses": { provide: (made) => openai(made) },
  "openai, Chat Completions": { provide: (made) => openai({ ...made, api: "chat" }) },
  "openai-compatible": { provide: (made) => openaiCompatible({ ...made, ...inhouse }) },
  "openai-compatible, deepseek": { provide: (made) => openaiCompatible({ ...made, preset: "deepseek" }) },
  "openai-compatible, openrouter": { provide: (made) => openaiCompatible({ ...made, preset: "openrouter" }) },
  anthropic: { provide: (made) => anthropic(made), id: "claude-opus-5" },
  google: { provide: (made) => google(made), id: "gemini-3-pro" },
  bedrock: {
    provide: (made) => bedrock({ ...made, region: "us-east-1" }),
    id: "anthropic.claude-opus-4-6",
    streamType: "application/vnd.amazon.eventstream",
  },
};
export const NAMES: readonly string[] = Object.keys(PROVIDERS);

export const kindOf = (name: string): Kind => {
  const kind = PROVIDERS[name];
  if (kind === undefined) throw new Error(`no provider ${name}`);
  return kind;
};

/** A model that can do everything, so that only the adapter's own limits show. */
export const modelOf = (name: string, options: ProviderModel["options"] = {}): ProviderModel => ({
  name: "able",
  id: kindOf(name).id ?? "able-1",
  capabilities: {
    tool_call: true,
    parallel_tool_call: true,
    structured_output: true,
    reasoning: true,
    temperature: true,
    stop: true,
    input: ["text", "image", "pdf"],
  },
  limit: { output: 8_192 },
  options,
});

/** A vendor that answers everything alike; `asked` are the bodies, as text. */
export const answering = (
  body: string,
  init: ResponseInit = {},
): { readonly transport: Transport; readonly asked: string[] } => {
  const asked: string[] = [];
  const fetch: Transport["fetch"] = async (_url, request) => {
    asked.push(Buffer.from((request?.body ?? "") as string).toString());
    return new Response(body, { headers: { "content-type": "application/json" }, ...init });
  };
  return { transport: { name: "stub", fetch }, asked };
};

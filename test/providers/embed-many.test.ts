/** More texts than a vendor takes at once: all are answered, in their order, and what they used is known as it grows. */
import { google } from "headgate/google";
import type { EmbedCall, Provider, ProviderFact, Transport } from "headgate/kit";
import { openai } from "headgate/openai";
import { describe, expect, it } from "vitest";
import { callOf } from "./replay.ts";

interface Batch {
  readonly input?: readonly string[];
  readonly requests?: readonly { readonly content: { readonly parts: readonly [{ readonly text: string }] } }[];
}

/** Answers each text with its own number, as either vendor does; refuses more than `most`, and whatever comes after `breaks`. */
const embedder = (most: number, breaks = Number.POSITIVE_INFINITY) => {
  const sizes: number[] = [];
  const fetch: Transport["fetch"] = async (_url, init) => {
    const { input, requests } = JSON.parse(String(init?.body)) as Batch;
    const texts = input ?? requests?.map(({ content }) => content.parts[0].text) ?? [];
    sizes.push(texts.length);
    if (texts.length > most) return Response.json({ error: { message: "too many" } }, { status: 400 });
    if (sizes.length > breaks) return Response.json({ error: { message: "busy" } }, { status: 503 });
    const data = texts.map((text, index) => ({ index, embedding: [Number(text)], values: [Number(text)] }));
    const { length } = texts;
    return Response.json({
      data,
      embeddings: data,
      usage: { prompt_tokens: length },
      usageMetadata: { promptTokenCount: length },
    });
  };
  return { transport: { name: "stub", fetch }, sizes };
};

const MODEL = { name: "m", id: "embedding-1", capabilities: {}, limit: {}, options: {} };
const TEXTS = Array.from({ length: 2_050 }, (_, index) => String(index));

const asking = (provider: Provider) => {
  const { call, facts } = callOf(provider, { mode: "complete", model: MODEL });
  const { request: _request, mode: _mode, ...rest } = call;
  return { call: { ...rest, input: TEXTS } satisfies EmbedCall, facts };
};

const told = (facts: readonly ProviderFact[]): readonly number[] =>
  facts.flatMap((fact) => (fact.type === "usage" ? [fact.usage.input.total] : []));

const VENDORS = {
  "OpenAI takes 2,048": { most: 2_048, provide: (transport: Transport) => openai({ apiKey: "k", transport }) },
  "Gemini takes 100": { most: 100, provide: (transport: Transport) => google({ apiKey: "k", transport }) },
};

describe.each(Object.entries(VENDORS))("%s", (_name, { most, provide }) => {
  it("all are answered, in their order", async () => {
    const { transport, sizes } = embedder(most);
    const provider = provide(transport);
    const { call, facts } = asking(provider);
    const embedded = await provider.embed?.(call);
    expect(embedded?.vectors.map(([first]) => first)).toEqual(TEXTS.map(Number));
    expect(Math.max(...sizes)).toBe(most);
    expect(embedded?.usage.input.total).toBe(TEXTS.length);
    expect(told(facts).at(-1)).toBe(TEXTS.length);
  });

  it("S3 what was answered before one fails is known", async () => {
    const { transport } = embedder(most, 1);
    const provider = provide(transport);
    const { call, facts } = asking(provider);
    await expect(provider.embed?.(call)).rejects.toMatchObject({ code: "overloaded" });
    expect(told(facts)).toEqual([most]);
  });
});

/** AI SDK models that say what a test tells them to, typed by the specification's own packages. */
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import type { LanguageModelV2, LanguageModelV2CallOptions, LanguageModelV2StreamPart } from "ai-sdk-provider-v2";
import type { LanguageModelV3, LanguageModelV3CallOptions, LanguageModelV3StreamPart } from "ai-sdk-provider-v3";
import type { AiSdkModel } from "headgate/from-ai-sdk";
import { fromAiSdk } from "headgate/from-ai-sdk";
import type { GenerateRequest, ProviderFact, ProviderModel, Warning } from "headgate/kit";
import { type Answer, ask } from "./replay.ts";

export const MODEL: ProviderModel = {
  name: "smart",
  id: "model-1",
  capabilities: { tool_call: true, reasoning: true, structured_output: true, input: ["text", "image", "pdf"] },
  limit: {},
  options: {},
};

export type V2Result = Awaited<ReturnType<LanguageModelV2["doGenerate"]>>;
export type V3Result = Awaited<ReturnType<LanguageModelV3["doGenerate"]>>;
export type V4Result = Awaited<ReturnType<LanguageModelV4["doGenerate"]>>;

/** What a mock is told: a whole answer, the parts of a streamed one, or what it throws. */
export interface Script<Result, Part> {
  readonly provider?: string;
  readonly urls?: Record<string, RegExp[]>;
  readonly whole?: Partial<Result>;
  readonly parts?: readonly Part[];
  readonly headers?: Record<string, string>;
  readonly throws?: unknown;
  /** The stream breaks with this behind its parts. */
  readonly breaks?: unknown;
}

const streamOf = <Part>({ parts = [], breaks }: Script<unknown, Part>): ReadableStream<Part> => {
  let next = 0;
  return new ReadableStream<Part>({
    pull(controller) {
      const part = parts[next];
      next += 1;
      if (part !== undefined) controller.enqueue(part);
      else if (breaks !== undefined) controller.error(breaks);
      else controller.close();
    },
  });
};

const answered = <Result, Part>(script: Script<Result, Part>, usual: Result) => ({
  supportedUrls: script.urls ?? {},
  modelId: "model-1",
  async doGenerate(): Promise<Result> {
    if (script.throws !== undefined) throw script.throws;
    return { ...usual, response: { headers: script.headers ?? {} }, ...script.whole };
  },
  async doStream() {
    if (script.throws !== undefined) throw script.throws;
    return { stream: streamOf(script), response: { headers: script.headers ?? {} } };
  },
});

const noted =
  <Options, Result>(asked: Options[], answer: () => Promise<Result>) =>
  (options: Options): Promise<Result> => {
    asked.push(options);
    return answer();
  };

export const USAGE = {
  inputTokens: { total: 10, noCache: 10, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 5, text: 5, reasoning: 0 },
};
const STOP = { unified: "stop", raw: "stop" } as const;

export const v2 = (script: Script<V2Result, LanguageModelV2StreamPart> = {}) => {
  const asked: LanguageModelV2CallOptions[] = [];
  const usual: V2Result = {
    content: [{ type: "text", text: "Hi" }],
    finishReason: "stop",
    usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
    warnings: [],
  };
  const { doGenerate, doStream, ...rest } = answered(script, usual);
  const model: LanguageModelV2 = {
    specificationVersion: "v2",
    provider: script.provider ?? "acme.chat",
    ...rest,
    doGenerate: noted(asked, doGenerate),
    doStream: noted(asked, doStream),
  };
  return { model, asked };
};

export const v3 = (script: Script<V3Result, LanguageModelV3StreamPart> = {}) => {
  const asked: LanguageModelV3CallOptions[] = [];
  const usual: V3Result = { content: [{ type: "text", text: "Hi" }], finishReason: STOP, usage: USAGE, warnings: [] };
  const { doGenerate, doStream, ...rest } = answered(script, usual);
  const model: LanguageModelV3 = {
    specificationVersion: "v3",
    provider: script.provider ?? "acme.chat",
    ...rest,
    doGenerate: noted(asked, doGenerate),
    doStream: noted(asked, doStream),
  };
  return { model, asked };
};

export const v4 = (script: Script<V4Result, LanguageModelV4StreamPart> = {}) => {
  const asked: LanguageModelV4CallOptions[] = [];
  const usual: V4Result = { content: [{ type: "text", text: "Hi" }], finishReason: STOP, usage: USAGE, warnings: [] };
  const { doGenerate, doStream, ...rest } = answered(script, usual);
  const model: LanguageModelV4 = {
    specificationVersion: "v4",
    provider: script.provider ?? "acme.chat",
    ...rest,
    doGenerate: noted(asked, doGenerate),
    doStream: noted(asked, doStream),
  };
  return { model, asked };
};

export const FINISH: Extract<LanguageModelV4StreamPart, { type: "finish" }> = {
  type: "finish",
  finishReason: STOP,
  usage: USAGE,
};

export interface Asking {
  readonly mode?: "complete" | "stream";
  readonly model?: Partial<ProviderModel>;
  readonly optionsKey?: string;
}

/** Asks through the adapter. */
export const put = (
  model: AiSdkModel,
  request: Partial<GenerateRequest> = {},
  { mode = "complete", optionsKey, ...options }: Asking = {},
): Promise<Answer> => {
  const provider = fromAiSdk({ name: "ai", model, ...(optionsKey !== undefined && { optionsKey }) });
  return ask(provider, { mode, model: { ...MODEL, ...options.model }, request });
};

export const warningsIn = (facts: readonly ProviderFact[]): readonly Warning[] =>
  facts.flatMap((fact) => (fact.type === "warning" ? [fact.warning] : []));

/** State as the adapter makes it. */
export const own = (metadata: object, more: object = {}) => ({
  provider: "ai",
  model: "model-1",
  account: "ai",
  data: { metadata, ...more } as never,
});

/** What the compiler holds: bodies are what the SDK's own types say, and options are typed by the providers passed. */
import { createGateway } from "headgate";
import type { OptionsOf } from "headgate/kit";
import { type OpenAIRequestOptions, openai } from "headgate/openai";
import { type ChatRequestOptions, openaiCompatible } from "headgate/openai-compatible";
import type OpenAI from "openai";
import type { AzureOpenAI } from "openai";
import type { ChatCompletionCreateParamsBase } from "openai/resources/chat/completions/completions";
import { describe, expectTypeOf, it } from "vitest";
import type { ChatBody } from "../../providers/openai-compatible/body.ts";

/** What hosts have besides, or in other words. */
type Others = "top_k" | "random_seed" | "reasoning" | "thinking" | "tool_choice" | "service_tier";

describe("types", () => {
  it("a body is what the SDK takes, but for what only other hosts have", () => {
    expectTypeOf<Omit<ChatBody, Others>>().toExtend<ChatCompletionCreateParamsBase>();
    expectTypeOf<Exclude<ChatBody["tool_choice"], "any">>().toExtend<ChatCompletionCreateParamsBase["tool_choice"]>();
  });

  it("the SDK's clients, also those for other clouds, can be passed as they are", () => {
    type Client = NonNullable<NonNullable<Parameters<typeof openai>[0]>["client"]>;
    expectTypeOf<OpenAI>().toExtend<Client>();
    expectTypeOf<AzureOpenAI>().toExtend<Client>();
  });

  it("a provider's name is its preset's, or its own", () => {
    expectTypeOf(openaiCompatible({ preset: "groq" }).name).toEqualTypeOf<"groq">();
    expectTypeOf(openaiCompatible({ preset: "groq", name: "fast" }).name).toEqualTypeOf<"fast">();
    expectTypeOf(openaiCompatible({ name: "own", baseURL: "http://x" }).name).toEqualTypeOf<"own">();
  });

  it("`providerOptions` are typed by the providers that were passed", () => {
    const { complete } = createGateway({
      providers: [openai({ apiKey: "k" }), openaiCompatible({ preset: "groq", apiKey: "k" })],
      registry: { models: {} },
    });
    const asks = (): unknown[] => [
      complete({
        prompt: "x",
        providerOptions: { openai: { serviceTier: "flex" }, groq: { serviceTier: "on_demand" } },
      }),
      // @ts-expect-error a tier that OpenAI does not sell
      complete({ prompt: "x", providerOptions: { openai: { serviceTier: "golden" } } }),
      // @ts-expect-error a provider that was not passed
      complete({ prompt: "x", providerOptions: { grok: {} } }),
    ];
    expectTypeOf(asks).toBeFunction();
    const providers = [openai({ apiKey: "k" }), openaiCompatible({ preset: "groq", apiKey: "k" })] as const;
    expectTypeOf<OptionsOf<typeof providers>["openai"]>().toEqualTypeOf<OpenAIRequestOptions | undefined>();
    expectTypeOf<OptionsOf<typeof providers>["groq"]>().toEqualTypeOf<ChatRequestOptions | undefined>();
  });
});

/** What is sent is what the SDK's own types allow: an update of it that would break us breaks the build. */
import type { GenerateContentParameters, GoogleGenAI, Part } from "@google/genai";
import type { GoogleClient } from "headgate/google";
import { expectTypeOf, it } from "vitest";
import type { GeminiPart } from "../../providers/google/prompting.ts";
import type { GoogleRequest } from "../../providers/google/request.ts";
import type { Worded } from "../../providers/google/worded.ts";

type Asked = Pick<GenerateContentParameters, "model" | "contents"> & {
  readonly config: Omit<NonNullable<GenerateContentParameters["config"]>, "httpOptions" | "abortSignal">;
};

it("a request is one of the SDK's, its enums as their words", () => {
  expectTypeOf<GoogleRequest["model"]>().toExtend<Asked["model"]>();
  expectTypeOf<GoogleRequest["contents"]>().toExtend<Worded<Extract<Asked["contents"], readonly unknown[]>>>();
  expectTypeOf<GoogleRequest["config"]>().toExtend<Worded<Asked["config"]>>();
  expectTypeOf<GeminiPart>().toExtend<Worded<Part>>();
});

it("a word that is none of the SDK's is no request", () => {
  expectTypeOf<{ mode: "SOMETIMES" }>().not.toExtend<
    NonNullable<NonNullable<GoogleRequest["config"]["toolConfig"]>["functionCallingConfig"]>
  >();
  expectTypeOf<{ functionCall: { arguments: object } }>().not.toEqualTypeOf<GeminiPart>();
});

it("the SDK's own client is taken", () => {
  expectTypeOf<GoogleGenAI>().toExtend<GoogleClient>();
});

import {
  type ContentEvent,
  type FailureOf,
  isObject,
  type Json,
  type JsonObject,
  malformed,
  truncated,
} from "../../src/kit/index.ts";
import { Answer } from "./answer.ts";
import { string } from "./content-writer.ts";
import { sdkError } from "./errors.ts";
import type { AiSdkModel, AiSdkStream, AiSdkStreamReader } from "./model.ts";
import { StreamReader } from "./stream-reader.ts";
import { hearWarnings } from "./warnings.ts";

const ignore = (): void => {};

/** A whole answer, of `doGenerate`. */
export async function* readWhole(result: unknown, of: FailureOf, model: AiSdkModel): AsyncGenerator<ContentEvent> {
  if (!isObject(result) || !Array.isArray(result["content"])) throw malformed(of, "the AI SDK's answer has no content");
  const answer = new Answer(of, model);
  answer.hearResponse(result["response"]);
  for (const item of chosen(result, of)) answer.writer.write(item);
  for (const event of answer.finish(result, false)) yield event;
}

/** Content; of drafts and a final answer only the latter, where an answer has to be JSON (V4's `structuredOutputText`). */
const chosen = (result: JsonObject, { call }: FailureOf): readonly JsonObject[] => {
  const content = (result["content"] as readonly Json[]).filter(isObject);
  const final = result["structuredOutputText"];
  const text = content.map((item) => (item["type"] === "text" ? string(item["text"]) : "")).join("");
  if (call.request.output === undefined || typeof final !== "string" || final === text) return content;
  const message = "The model wrote drafts beside its answer: they were left out.";
  call.report({ type: "warning", warning: { code: "part_dropped", message, path: "output" } });
  return [...content.filter((item) => item["type"] !== "text"), { type: "text", text: final }];
};

/** A streamed answer, of `doStream`: whole at its `finish`, if that says why the model stopped. */
export async function* readStream(
  result: { readonly stream: AiSdkStream; readonly response?: unknown },
  of: FailureOf,
  model: AiSdkModel,
): AsyncGenerator<ContentEvent> {
  const answer = new Answer(of, model);
  answer.hearResponse(result.response);
  const reader = new StreamReader(answer.writer);
  const source = result.stream.getReader();
  try {
    if (isPage(result.response)) throw malformed(of, "a page came in place of an answer");
    for (;;) {
      const { done, value } = await source.read();
      if (done) break;
      if (!isObject(value)) continue;
      if (value["type"] === "finish") {
        reader.end();
        for (const event of answer.finish(value, true)) yield event;
        return await drain(source);
      }
      hear(value, answer, reader);
      for (const event of answer.writer.take()) yield event;
    }
  } catch (error) {
    throw sdkError(of, error, "reading");
  } finally {
    source.cancel().catch(ignore);
  }
  throw truncated(of.call, of.provider);
}

/** The AI SDK reads a proxy's page as a stream without events. */
const isPage = (response: unknown): boolean => {
  const headers = isObject(response) && isObject(response["headers"]) ? response["headers"] : {};
  return string(headers["content-type"]).includes("text/html");
};

/** Whatever is no end. */
const hear = (part: JsonObject, answer: Answer, reader: StreamReader): void => {
  switch (part["type"]) {
    case "stream-start":
      return hearWarnings(part["warnings"], answer.of);
    case "response-metadata":
      return answer.describe(part);
    case "ping":
      return answer.of.call.report({ type: "alive" });
    case "error":
      throw sdkError(answer.of, part["error"], "reading");
    case "raw":
      return;
    default:
      reader.take(part);
  }
};

/** The connection may go back to its pool. All content is there: nothing that happens now matters. */
const drain = async (source: AiSdkStreamReader): Promise<void> => {
  try {
    while (!(await source.read()).done);
  } catch {
    // Nothing was lost.
  }
};

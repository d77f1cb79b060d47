import {
  type ContentEvent,
  type FailureOf,
  type Finish,
  type GatewayError,
  isObject,
  type Json,
  type JsonObject,
  malformed,
  type ResponseInfo,
  truncated,
  vendorError,
  type Warning,
} from "../../src/kit/index.ts";
import { ContentWriter, string } from "./content-writer.ts";
import { sdkError } from "./errors.ts";
import { endingOf } from "./finish.ts";
import { headersOf, rateLimits, requestIdOf } from "./headers.ts";
import type { AiSdkModel, AiSdkStream, AiSdkStreamReader } from "./model.ts";
import { jsonOf, metadataOf } from "./state.ts";
import { StreamReader } from "./stream-reader.ts";
import { sdkUsage } from "./usage.ts";
import { hearWarnings } from "./warnings.ts";

const ignore = (): void => {};

/** An answer that is read: who gives it, and what is known of it besides its content. */
class Answer {
  readonly of: FailureOf;
  readonly model: AiSdkModel;
  readonly writer: ContentWriter;
  #response: ResponseInfo = {};

  constructor(of: FailureOf, model: AiSdkModel) {
    this.of = of;
    this.model = model;
    const { call, provider } = of;
    this.writer = new ContentWriter({ provider, model: call.model.id, account: call.credential.account }, call.clock);
  }

  /** `response` of a result: its headers, in V2 to V4, and for a whole answer its id and model. */
  hearResponse(told: unknown): void {
    const response = isObject(told) ? told : {};
    const headers = headersOf(response["headers"]);
    const requestId = requestIdOf(headers);
    this.describe(response);
    if (requestId !== undefined) this.#response = { ...this.#response, requestId };
    this.of.call.report({
      type: "response",
      response: requestId === undefined ? {} : { requestId },
      rateLimits: rateLimits(headers),
    });
  }

  describe(told: JsonObject): void {
    const [id, model] = [string(told["id"]), string(told["modelId"])];
    this.#response = { ...this.#response, ...(id && { id }), ...(model && { model }) };
  }

  /** The end. Throws for one that is none. */
  finish(told: JsonObject, isStream: boolean): readonly ContentEvent[] {
    const { call, provider } = this.of;
    const metadata = metadataOf(told["providerMetadata"]);
    const { specificationVersion: version } = this.model;
    const usage = sdkUsage(told["usage"], metadata, { version, provider: this.model.provider });
    if (usage.source === "reported") call.report({ type: "usage", usage });
    hearWarnings(told["warnings"], this.of);
    const { reason, raw } = endingOf(told["finishReason"], isStream, this.writer.callsTools);
    if (reason === "cut") throw truncated(call, provider);
    if (reason === "failed") throw failed(this.of, raw);
    const kept = this.#metadata(metadata, told["usage"]);
    const finish: Omit<Finish, "type"> = {
      finishReason: reason,
      ...(raw !== undefined && { rawFinishReason: raw }),
      usage,
      response: this.#response,
      ...(Object.keys(kept).length > 0 && { providerMetadata: kept }),
    };
    for (const warning of [...this.writer.finish(finish), ...this.#unanswered()]) {
      call.report({ type: "warning", warning });
    }
    return this.writer.take();
  }

  #metadata(metadata: JsonObject, usage: unknown): Readonly<Record<string, Json>> {
    const raw = isObject(usage) ? jsonOf(usage["raw"]) : undefined;
    const { approvals } = this.writer;
    return {
      ...metadata,
      ...(raw !== undefined && raw !== null && { usage: raw }),
      ...(approvals.length > 0 && { toolApprovalRequests: approvals }),
    };
  }

  /** There is no part that answers them. */
  #unanswered(): readonly Warning[] {
    const { length } = this.writer.approvals;
    if (length === 0) return [];
    const message = `${length} tool approval(s) were asked for, which cannot be given here (providerMetadata.toolApprovalRequests).`;
    return [{ code: "other", message }];
  }
}

/** The vendor says of its answer that it failed; why, it may have said before. */
const failed = ({ call, provider }: FailureOf, raw: string | undefined): GatewayError =>
  vendorError(call, { provider, code: "server_error", ...(raw !== undefined && { vendorCode: raw }) });

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

import {
  type ContentEvent,
  type FinishReason,
  GatewayError,
  type GenerateCall,
  type Json,
  type JsonObject,
  PartWriter,
} from "../../src/kit/index.ts";
import { object, objects, string } from "./fields.ts";
import { finishReason, isBrokenCall } from "./finish-reason.ts";
import { modelOptions } from "./options.ts";
import { PartReader } from "./part-reader.ts";
import { Sources } from "./sources.ts";
import { UsageTracker } from "./usage.ts";

/** Of whom an answer is read. */
export interface AnswerOf {
  readonly call: GenerateCall;
  readonly provider: string;
  readonly requestId: string | undefined;
}

/** Told by fields of their own, so not kept in `providerMetadata` a second time. */
const TOLD: ReadonlySet<string> = new Set(["candidates", "usageMetadata", "modelVersion", "responseId"]);
const TOLD_OF_CANDIDATE: ReadonlySet<string> = new Set(["content", "finishReason", "index", "tokenCount"]);
const UNSPECIFIED: ReadonlySet<string> = new Set(["", "FINISH_REASON_UNSPECIFIED", "BLOCKED_REASON_UNSPECIFIED"]);

/** One answer, whole or in pieces (both have the same shape), to content events. */
export class AnswerReader {
  readonly #of: AnswerOf;
  readonly #writer: PartWriter;
  readonly #parts: PartReader;
  readonly #sources = new Sources();
  readonly #usage = new UsageTracker();
  readonly #described: Record<string, Json> = {};
  #id = "";
  #model: string;
  /** Why the model stopped. */
  #reason: string | undefined;
  /** Why the prompt was not answered at all. */
  #blocked: string | undefined;

  constructor(of: AnswerOf) {
    this.#of = of;
    this.#model = of.call.model.id;
    this.#writer = new PartWriter(of.provider);
    this.#parts = new PartReader(this.#writer, of.call, of.provider);
  }

  /** Whether the vendor said why it stopped: all content has come. */
  get isStopped(): boolean {
    return this.#reason !== undefined || this.#blocked !== undefined;
  }

  take(piece: JsonObject): readonly ContentEvent[] {
    this.#id = string(piece["responseId"]) || this.#id;
    this.#parts.answerId = this.#id;
    this.#model = string(piece["modelVersion"]) || this.#model;
    this.#describe(piece, TOLD);
    for (const candidate of objects(piece["candidates"])) {
      if ((candidate["index"] ?? 0) === 0) this.#takeCandidate(candidate);
    }
    const blocked = string(object(piece["promptFeedback"])["blockReason"]);
    if (!UNSPECIFIED.has(blocked)) this.#blocked = blocked;
    if (this.#usage.tell(piece["usageMetadata"])) this.#of.call.report({ type: "usage", usage: this.#usage.usage() });
    return this.#writer.take();
  }

  /** The end of a whole answer. */
  finish(): readonly ContentEvent[] {
    const { call, requestId } = this.#of;
    const raw = this.#reason ?? this.#blocked ?? "";
    if (isBrokenCall(raw)) throw this.#brokenCall();
    const reason = this.#finishReason(raw);
    this.#parts.end(raw === "STOP");
    for (const source of this.#sources.parts(this.#parts.texts)) this.#writer.whole(source);
    if (this.#reason === undefined && this.#blocked !== undefined) this.#refuse(this.#blocked);
    this.#usage.searched(this.#searches());
    const metadata = { ...this.#usage.described(), ...this.#described };
    const warnings = this.#writer.finish({
      finishReason: reason,
      ...(raw !== "" && { rawFinishReason: raw }),
      usage: this.#usage.usage(),
      response: {
        ...(this.#id !== "" && { id: this.#id }),
        model: this.#model,
        ...(requestId !== undefined && { requestId }),
      },
      ...(Object.keys(metadata).length > 0 && { providerMetadata: metadata }),
    });
    for (const warning of warnings) call.report({ type: "warning", warning });
    return this.#writer.take();
  }

  #takeCandidate(candidate: JsonObject): void {
    for (const part of objects(object(candidate["content"])["parts"])) this.#parts.take(part);
    this.#sources.ground(object(candidate["groundingMetadata"]));
    this.#sources.cite(object(candidate["citationMetadata"]));
    this.#describe(candidate, TOLD_OF_CANDIDATE);
    const reason = string(candidate["finishReason"]);
    if (!UNSPECIFIED.has(reason)) this.#reason = reason;
  }

  #describe(told: JsonObject, but: ReadonlySet<string>): void {
    for (const [key, value] of Object.entries(told)) {
      if (!but.has(key) && value !== null) this.#described[key] = value;
    }
  }

  #finishReason(raw: string): FinishReason {
    if (this.#reason === undefined) return "content-filter";
    this.#parts.end(raw === "STOP");
    return finishReason(raw, this.#parts.hasCalls);
  }

  /** A prompt that the filter kept from the model: the filter's own words stand for the answer, where it has any. */
  #refuse(category: string): void {
    const text = string(object(this.#described["promptFeedback"])["blockReasonMessage"]);
    this.#writer.whole({ type: "refusal", text, category });
  }

  #searches(): number {
    const { searches } = this.#sources;
    return modelOptions(this.#of.call.model).searchBilledBy === "query" ? searches : Math.min(searches, 1);
  }

  /** The vendor's message repeats what the model wrote, and so is not passed on. */
  #brokenCall(): GatewayError<"invalid_output"> {
    const { call, provider } = this.#of;
    return new GatewayError(
      "invalid_output",
      `${provider}: the model wrote a tool call that cannot be read (${this.#reason}).`,
      {
        details: {
          provider,
          model: call.model.name,
          issues: [{ path: "toolCalls", message: "expected a call of a tool that was offered" }],
        },
      },
    );
  }
}

import {
  type ContentEvent,
  type FailureOf,
  type Finish,
  type FinishReason,
  isObject,
  type Json,
  type JsonObject,
  PartWriter,
} from "../../src/kit/index.ts";
import { objects, string } from "./item-parts.ts";
import { chatUsage } from "./usage.ts";

const REASONING = "reasoning";
const TEXT = "text";
const REFUSAL = "refusal";

/**
 * Reads an answer of Chat Completions, whole or by its chunks. The answer is whole at `[DONE]`, or once its finish reason
 * was told; usage comes in a chunk of its own between the two, without choices.
 */
export class ChatReader {
  readonly #of: FailureOf;
  readonly #requestId: string | undefined;
  readonly #writer: PartWriter;
  #rawReason: string | undefined;
  #usage: Json | undefined;
  #id = "";
  #model = "";
  #tier: Json | undefined;
  #calls = 0;
  #refused = false;
  #isFinished = false;

  constructor(of: FailureOf, requestId: string | undefined) {
    this.#of = of;
    this.#requestId = requestId;
    this.#writer = new PartWriter(of.provider);
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Whether the model said why it stopped: all content is there, usage may yet come. */
  get isStopped(): boolean {
    return this.#rawReason !== undefined;
  }

  /** Whether nothing is waited for any more. */
  get isComplete(): boolean {
    return this.isStopped && this.#usage !== undefined;
  }

  whole(body: JsonObject): readonly ContentEvent[] {
    this.#describe(body);
    const [choice] = objects(body["choices"]);
    const message = isObject(choice?.["message"]) ? choice["message"] : {};
    this.#wholeText(REASONING, message["reasoning_content"] ?? message["reasoning"]);
    this.#wholeText(TEXT, message["content"]);
    this.#wholeText(REFUSAL, message["refusal"]);
    for (const call of objects(message["tool_calls"])) {
      const fn = isObject(call["function"]) ? call["function"] : {};
      this.#calls += 1;
      this.#writer.toolCall(
        { id: string(call["id"]), name: string(fn["name"]), executor: "caller" },
        string(fn["arguments"]),
      );
    }
    this.#rawReason = string(choice?.["finish_reason"]) || "stop";
    return this.finish();
  }

  take(chunk: JsonObject): readonly ContentEvent[] {
    if (this.#isFinished) return [];
    this.#describe(chunk);
    for (const choice of objects(chunk["choices"])) {
      if ((choice["index"] ?? 0) !== 0) continue;
      if (isObject(choice["delta"])) this.#delta(choice["delta"]);
      const reason = string(choice["finish_reason"]);
      if (reason !== "") this.#rawReason = reason;
    }
    return this.#writer.take();
  }

  finish(): readonly ContentEvent[] {
    this.#isFinished = true;
    const raw = this.#rawReason ?? "stop";
    const finish: Omit<Finish, "type"> = {
      finishReason: this.#reasonOf(raw),
      rawFinishReason: raw,
      usage: chatUsage(this.#usage),
      response: {
        ...(this.#id && { id: this.#id }),
        ...(this.#model && { model: this.#model }),
        ...(this.#requestId !== undefined && { requestId: this.#requestId }),
      },
      ...(typeof this.#tier === "string" && { providerMetadata: { service_tier: this.#tier } }),
    };
    for (const warning of this.#writer.finish(finish)) this.#of.call.report({ type: "warning", warning });
    return this.#writer.take();
  }

  #describe(body: JsonObject): void {
    this.#id ||= string(body["id"]);
    this.#model ||= string(body["model"]);
    this.#tier ??= body["service_tier"];
    if (isObject(body["usage"])) this.#usage = body["usage"];
  }

  #delta(delta: JsonObject): void {
    this.#piece(REASONING, string(delta["reasoning_content"] ?? delta["reasoning"]));
    this.#piece(TEXT, string(delta["content"]));
    this.#piece(REFUSAL, string(delta["refusal"]));
    for (const call of objects(delta["tool_calls"])) this.#callPiece(call);
  }

  #piece(kind: "reasoning" | "text" | "refusal", text: string): void {
    if (text === "") return;
    if (kind === REFUSAL) this.#refused = true;
    if (kind !== REASONING) this.#writer.close(REASONING);
    if (!this.#writer.isOpen(kind)) this.#writer.open(kind, { type: kind });
    this.#writer.delta(kind, text);
  }

  /** The first piece of a call has its id and name, the others its arguments. */
  #callPiece(call: JsonObject): void {
    const fn = isObject(call["function"]) ? call["function"] : {};
    const key = Number(call["index"] ?? 0);
    if (!this.#writer.isOpen(key)) {
      this.#writer.close(REASONING);
      this.#writer.close(TEXT);
      this.#calls += 1;
      this.#writer.open(key, {
        type: "tool-call",
        id: string(call["id"]),
        name: string(fn["name"]),
        executor: "caller",
      });
    }
    this.#writer.delta(key, string(fn["arguments"]));
  }

  #wholeText(kind: "reasoning" | "text" | "refusal", text: Json | undefined): void {
    if (typeof text !== "string" || text === "") return;
    if (kind === REFUSAL) this.#refused = true;
    this.#writer.whole({ type: kind, text });
  }

  /** Some servers say `stop` beside tool calls. */
  #reasonOf(raw: string): FinishReason {
    const reason = REASONS[raw] ?? "other";
    if (reason !== "stop") return reason;
    if (this.#calls > 0) return "tool-calls";
    return this.#refused ? "refusal" : "stop";
  }
}

const REASONS: Readonly<Record<string, FinishReason>> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
};

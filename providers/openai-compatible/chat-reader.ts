import {
  type ContentEvent,
  type FailureOf,
  type Finish,
  type FinishReason,
  isObject,
  type Json,
  type JsonObject,
  malformed,
  newToolId,
  PartWriter,
  type ReasoningPart,
} from "../../src/kit/index.ts";
import { CallPieces, inputOf } from "./call-pieces.ts";
import { Described } from "./described.ts";
import { objects, string } from "./fields.ts";
import { joinDetails, type Piece, pieces, sources } from "./message-pieces.ts";
import type { ChatQuirks } from "./quirks.ts";
import { chatCost, chatUsage } from "./usage.ts";

/**
 * Reads an answer of Chat Completions, whole or by its chunks. The answer is whole at `[DONE]`, or once its finish reason
 * was told; usage comes in a chunk of its own between the two, or with any other.
 */
export class ChatReader {
  readonly #of: FailureOf;
  readonly #quirks: ChatQuirks;
  readonly #writer: PartWriter;
  readonly #calls: CallPieces;
  readonly #described: Described;
  readonly #sources: JsonObject[] = [];
  readonly #details: JsonObject[] = [];
  #open: Piece["type"] | undefined;
  #rawReason: string | undefined;
  #usage: Json | undefined;
  #refused = false;
  #isFinished = false;

  constructor(of: FailureOf, requestId: string | undefined, quirks: ChatQuirks) {
    this.#of = of;
    this.#quirks = quirks;
    this.#described = new Described(requestId);
    this.#writer = new PartWriter(of.provider);
    this.#calls = new CallPieces(this.#writer, () => newToolId(of.call.clock));
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
    this.#content(message);
    for (const call of objects(message["tool_calls"])) {
      const fn = isObject(call["function"]) ? call["function"] : {};
      // A whole call is one piece with an id and an index of its own.
      const id = string(call["id"]) || newToolId(this.#of.call.clock);
      this.#calls.take({ id, index: this.#calls.count, function: { ...fn, arguments: inputOf(fn) } });
    }
    this.#described.choice(choice ?? {});
    this.#rawReason = string(choice?.["finish_reason"]) || "stop";
    return this.finish();
  }

  take(chunk: JsonObject): readonly ContentEvent[] {
    if (this.#isFinished) return [];
    this.#describe(chunk);
    for (const choice of objects(chunk["choices"])) {
      if ((choice["index"] ?? 0) !== 0) continue;
      this.#described.choice(choice);
      if (isObject(choice["delta"])) this.#delta(choice["delta"]);
      this.#rawReason = string(choice["finish_reason"]) || this.#rawReason;
    }
    return this.#writer.take();
  }

  finish(): readonly ContentEvent[] {
    const raw = this.#rawReason ?? "";
    this.#close();
    // Reasoning that came encrypted alone.
    if (this.#details.length > 0) this.#writer.whole({ type: "reasoning", text: "", ...this.#reasoningState() });
    this.#calls.openAll();
    if (this.#calls.isNameless) throw malformed(this.#of, "a tool call has no name");
    this.#writer.closeAll();
    for (const source of sources(this.#sources)) this.#writer.whole(source);
    const usage = chatUsage(this.#usage);
    const cost = chatCost(this.#usage, this.#quirks.cost);
    const metadata = this.#described.metadata;
    const finish: Omit<Finish, "type"> = {
      finishReason: this.#reasonOf(raw),
      ...(raw !== "" && { rawFinishReason: raw }),
      usage,
      ...(cost !== undefined && { reportedCostUsd: cost }),
      response: this.#described.response,
      ...(Object.keys(metadata).length > 0 && { providerMetadata: metadata }),
    };
    // May throw: an answer with a broken call is none.
    const warnings = this.#writer.finish(finish);
    this.#isFinished = true;
    for (const warning of warnings) this.#of.call.report({ type: "warning", warning });
    return this.#writer.take();
  }

  #describe(body: JsonObject): void {
    this.#described.body(body);
    const own = isObject(body["x_groq"]) ? body["x_groq"]["usage"] : undefined;
    const told = isObject(body["usage"]) ? body["usage"] : own;
    if (!isObject(told)) return;
    this.#usage = told;
    const usage = chatUsage(told);
    if (usage.source === "reported") this.#of.call.report({ type: "usage", usage });
  }

  #delta(delta: JsonObject): void {
    this.#content(delta);
    for (const call of objects(delta["tool_calls"])) {
      this.#close();
      this.#calls.take(call);
    }
  }

  #content(message: JsonObject): void {
    if (this.#quirks.echo === "reasoning_details") joinDetails(this.#details, objects(message["reasoning_details"]));
    for (const annotation of objects(message["annotations"])) this.#sources.push(annotation);
    for (const piece of pieces(message)) this.#piece(piece);
  }

  #piece(piece: Piece): void {
    if (piece.type === "file") {
      this.#close();
      return this.#writer.whole(piece);
    }
    if (piece.type === "refusal") this.#refused = true;
    if (this.#open !== piece.type) {
      this.#close();
      this.#writer.open(piece.type, { type: piece.type });
      this.#open = piece.type;
    }
    this.#writer.delta(piece.type, piece.text);
  }

  #close(): void {
    if (this.#open === undefined) return;
    this.#writer.close(this.#open, this.#open === "reasoning" ? this.#reasoningState() : {});
    this.#open = undefined;
  }

  /** What has to go back with the reasoning, for hosts that want it back. */
  #reasoningState(): Pick<ReasoningPart, "state"> {
    const { call, provider } = this.#of;
    const { echo } = this.#quirks;
    if (echo === "none") return {};
    const data: JsonObject = echo === "reasoning_content" ? { echo } : { details: this.#details.splice(0) };
    return { state: { provider, model: call.model.id, account: call.credential.account, data } };
  }

  /** Some hosts say `stop` beside tool calls. */
  #reasonOf(raw: string): FinishReason {
    const reason = REASONS[raw] ?? "other";
    if (reason !== "stop") return reason;
    if (this.#calls.count > 0) return "tool-calls";
    return this.#refused ? "refusal" : "stop";
  }
}

const REASONS: Readonly<Record<string, FinishReason>> = {
  "": "stop",
  stop: "stop",
  eos: "stop",
  end_turn: "stop",
  length: "length",
  model_length: "length",
  max_tokens: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
  refusal: "refusal",
};

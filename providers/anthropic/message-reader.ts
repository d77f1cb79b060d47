import {
  type ContentEvent,
  GatewayError,
  type GenerateCall,
  isObject,
  type Json,
  type JsonObject,
  PartWriter,
  type RefusalPart,
} from "../../src/kit/index.ts";
import { type Block, text } from "./block-parts.ts";
import { BlockReader } from "./block-reader.ts";
import { finishReason } from "./finish-reason.ts";
import { UsageTracker } from "./usage.ts";

/** Of whom an answer is read. */
export interface AnswerOf {
  readonly call: GenerateCall;
  readonly provider: string;
  readonly requestId: string | undefined;
}

/** Told by the contract's own fields; all else that the vendor says of its answer is kept for `providerMetadata`. */
const TOLD: ReadonlySet<string> = new Set(["id", "type", "role", "model", "content", "stop_reason", "usage"]);

const isBlock = (value: Json | undefined): value is Block => isObject(value) && typeof value["type"] === "string";

/**
 * One answer, from the vendor's events or its whole message to content events. Whether the answer is whole is for its
 * reader to say, who knows how the connection ended.
 */
export class MessageReader {
  readonly #of: AnswerOf;
  readonly #usage = new UsageTracker();
  readonly #described: Record<string, Json> = {};
  #writer: PartWriter;
  #blocks: BlockReader;
  /** Parts of an answer that was begun before this one. */
  #before = 0;
  #id = "";
  #model: string;
  #stopReason: string | undefined;
  #isFinished = false;

  constructor(of: AnswerOf) {
    this.#of = of;
    this.#model = of.call.model.id;
    this.#writer = new PartWriter(of.provider);
    this.#blocks = this.#newBlocks();
  }

  /** Whether the vendor said why it stopped: all content has come, even if `message_stop` does not. */
  get isStopped(): boolean {
    return this.#stopReason !== undefined;
  }

  /** Whether the answer's `finish` was handed out. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** What an event of the stream brings. Kinds that are not known bring nothing. */
  take(event: JsonObject): readonly ContentEvent[] {
    const { index, delta } = event;
    switch (event["type"]) {
      case "content_block_delta":
        if (typeof index === "number" && isObject(delta)) this.#blocks.grow(index, delta);
        break;
      case "content_block_start":
        if (typeof index === "number" && isBlock(event["content_block"])) this.#begin(index, event["content_block"]);
        break;
      case "content_block_stop":
        if (typeof index === "number") this.#blocks.end(index);
        break;
      case "message_start":
        if (isObject(event["message"])) this.#start(event["message"]);
        break;
      case "message_delta":
        this.#delta(event, isObject(delta) ? delta : {});
    }
    return this.#written();
  }

  /** A whole message, as if it had been streamed. */
  takeMessage(message: JsonObject): readonly ContentEvent[] {
    this.#start(message);
    this.#stop(message);
    return this.#written();
  }

  /** The end of a whole answer. */
  finish(): readonly ContentEvent[] {
    this.#blocks.endAll();
    const reason = finishReason(this.#stopReason);
    if (reason === "refusal") this.#writer.whole(refusal(this.#described["stop_details"]));
    const metadata = { ...this.#usage.described(), ...this.#described };
    const { requestId } = this.#of;
    const warnings = this.#writer.finish({
      finishReason: reason,
      ...(this.#stopReason !== undefined && { rawFinishReason: this.#stopReason }),
      usage: this.#usage.usage(),
      response: {
        ...(this.#id !== "" && { id: this.#id }),
        model: this.#model,
        ...(requestId !== undefined && { requestId }),
      },
      ...(Object.keys(metadata).length > 0 && { providerMetadata: metadata }),
    });
    this.#isFinished = true;
    for (const warning of warnings) this.#of.call.report({ type: "warning", warning });
    return this.#written();
  }

  #start(message: JsonObject): void {
    const id = text(message, "id");
    if (this.#id !== "" && !(id === this.#id && this.#blocks.isEmpty)) this.#startAgain();
    this.#id = id;
    this.#model = text(message, "model") || this.#model;
    this.#describe(message);
    this.#tell(message["usage"]);
    const { content } = message;
    if (!Array.isArray(content)) return;
    for (const block of content) if (isBlock(block)) this.#begin(undefined, block);
  }

  /**
   * Bridges to other clouds have been seen to splice a second answer into the first. Reasoning and unfinished calls of the
   * first hurt nobody; after text or a whole call the two would be mixed.
   */
  #startAgain(): void {
    const { call, provider } = this.#of;
    if (this.#blocks.isCommitted) {
      throw new GatewayError("protocol", `${provider}: a second answer began in the middle of the first.`, {
        details: { provider, model: call.model.name },
        scope: "provider",
      });
    }
    this.#before += this.#writer.nextIndex;
    this.#writer = new PartWriter(provider);
    this.#blocks = this.#newBlocks();
    const message = `${provider}: the vendor began its answer a second time.`;
    call.report({ type: "warning", warning: { code: "other", message } });
  }

  #newBlocks(): BlockReader {
    const { call, provider } = this.#of;
    const { account } = call.credential;
    return new BlockReader(this.#writer, { provider, model: call.model.id, account }, this.#before);
  }

  #begin(index: number | undefined, block: Block): void {
    if (block.type === "fallback" && isObject(block["to"])) this.#model = text(block["to"], "model") || this.#model;
    if (index === undefined) this.#blocks.whole(block);
    else this.#blocks.begin(index, block);
  }

  #describe(message: JsonObject): void {
    for (const [key, value] of Object.entries(message)) {
      if (!TOLD.has(key) && value !== null) this.#described[key] = value;
    }
  }

  #delta({ delta: _, ...event }: JsonObject, delta: JsonObject): void {
    this.#describe({ ...event, ...delta });
    this.#stop(delta);
    this.#tell(event["usage"]);
  }

  #stop(message: JsonObject): void {
    this.#stopReason = text(message, "stop_reason") || this.#stopReason;
  }

  #tell(usage: Json | undefined): void {
    this.#usage.tell(usage);
    if (this.#usage.isTold) this.#of.call.report({ type: "usage", usage: this.#usage.usage() });
  }

  #written(): readonly ContentEvent[] {
    const events = this.#writer.take();
    if (this.#before === 0) return events;
    return events.map((event) => (event.type === "finish" ? event : { ...event, index: event.index + this.#before }));
  }
}

/** A refusal has no words of the model's own: the vendor's explanation stands for them. */
const refusal = (details: Json | undefined): RefusalPart => {
  const told = isObject(details) ? details : {};
  const category = text(told, "category");
  return { type: "refusal", text: text(told, "explanation"), ...(category !== "" && { category }) };
};

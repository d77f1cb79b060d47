import {
  type ContentEvent,
  type FailureOf,
  isObject,
  type Json,
  type JsonObject,
  PartWriter,
  type Usage,
} from "../../src/kit/index.ts";
import { BlockReader } from "./block-reader.ts";
import { inside, objects, text } from "./fields.ts";
import { finishReason } from "./finish-reason.ts";
import { otherCounts, usageOf } from "./usage.ts";

/** Told elsewhere; `p` is padding, which hides from eavesdroppers how long a piece is. */
const TOLD = new Set(["output", "stopReason", "usage", "p"]);

/**
 * One answer, from the vendor's events or its whole body to content events. Whether the answer is whole is for its reader to
 * say, who knows how the connection ended.
 */
export class ConverseReader {
  readonly #of: FailureOf;
  readonly #requestId: string | undefined;
  readonly #writer: PartWriter;
  readonly #blocks: BlockReader;
  readonly #described: Record<string, Json> = {};
  #usage: Usage = usageOf(undefined);
  #model: string;
  #stopReason: string | undefined;
  #hasMetadata = false;
  #isFinished = false;

  constructor(of: FailureOf, requestId: string | undefined) {
    const { call, provider } = of;
    this.#of = of;
    this.#requestId = requestId;
    this.#model = call.model.id;
    this.#writer = new PartWriter(provider);
    this.#blocks = new BlockReader(this.#writer, { provider, model: call.model.id, account: call.credential.account });
  }

  /** Whether the vendor said why it stopped: all content has come. */
  get isStopped(): boolean {
    return this.#stopReason !== undefined;
  }

  /** Whether nothing is to come: the figures, which come before the reason to stop or after it, are there too. */
  get isComplete(): boolean {
    return this.isStopped && this.#hasMetadata && !this.#isFinished;
  }

  /** Whether the answer's `finish` was handed out. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** What an event of the stream brings. Kinds that are not known bring nothing. */
  take(name: string | undefined, event: JsonObject): readonly ContentEvent[] {
    const { contentBlockIndex: index } = event;
    switch (name) {
      case "contentBlockStart":
        if (typeof index === "number") this.#blocks.begin(index, inside(event, "start"));
        break;
      case "contentBlockDelta":
        if (typeof index === "number") this.#blocks.grow(index, inside(event, "delta"));
        break;
      case "contentBlockStop":
        if (typeof index === "number") this.#blocks.end(index);
        break;
      case "messageStop":
        this.#stopReason = text(event, "stopReason") || "unknown";
        this.#describe(event);
        break;
      case "metadata":
        this.#hasMetadata = true;
        this.#describe(event);
    }
    return this.#writer.take();
  }

  /** A whole answer, as if it had been streamed. */
  takeWhole(body: JsonObject): readonly ContentEvent[] {
    for (const block of objects(inside(inside(body, "output"), "message")["content"])) this.#blocks.whole(block);
    this.#stopReason = text(body, "stopReason") || "unknown";
    this.#describe(body);
    return this.#writer.take();
  }

  /** The end of a whole answer. */
  finish(): readonly ContentEvent[] {
    this.#blocks.endAll();
    const stopReason = this.#stopReason ?? "unknown";
    const { call } = this.#of;
    const warnings = this.#writer.finish({
      finishReason: finishReason(stopReason),
      rawFinishReason: stopReason,
      usage: this.#usage,
      response: { model: this.#model, ...(this.#requestId !== undefined && { requestId: this.#requestId }) },
      ...(Object.keys(this.#described).length > 0 && { providerMetadata: this.#described }),
    });
    this.#isFinished = true;
    for (const warning of warnings) call.report({ type: "warning", warning });
    return this.#writer.take();
  }

  /** What the vendor says of its answer; what the contract has no field for is kept as it is spelt. */
  #describe(told: JsonObject): void {
    const { usage } = told;
    if (isObject(usage)) {
      this.#usage = usageOf(usage);
      if (this.#usage.source === "reported") this.#of.call.report({ type: "usage", usage: this.#usage });
      const others = otherCounts(usage);
      if (others !== undefined) this.#described["usage"] = others;
    }
    for (const [key, value] of Object.entries(told)) {
      if (!TOLD.has(key) && value !== null) this.#described[key] = value;
    }
    this.#model = text(inside(inside(told, "trace"), "promptRouter"), "invokedModelId") || this.#model;
  }
}

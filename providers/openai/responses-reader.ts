import {
  type ContentEvent,
  count,
  type FailureOf,
  type Finish,
  type FinishReason,
  isObject,
  type Json,
  type JsonObject,
  malformed,
  newToolId,
  PartWriter,
} from "../../src/kit/index.ts";
import { objects, string } from "../openai-compatible/base.ts";
import { failedResponse } from "./errors.ts";
import {
  type Answering,
  type Item,
  messageState,
  reasoningState,
  reasoningText,
  writeItem,
  writeSources,
} from "./item-parts.ts";
import { untold } from "./untold.ts";
import { responsesUsage } from "./usage.ts";

/**
 * Reads an answer of the Responses API, whole or by its events. Items are known by their place: ids change within a
 * stream at some hosts (GitHub Copilot). The terminal events are `response.completed`, `.incomplete` and `.failed`.
 */
export class ResponsesReader {
  readonly #of: FailureOf;
  readonly #answering: Answering;
  readonly #requestId: string | undefined;
  readonly #writer: PartWriter;
  /** Index of the first part of the message at a place. */
  readonly #firstParts = new Map<number, number>();
  #isFinished = false;

  constructor(of: FailureOf, requestId: string | undefined) {
    this.#of = of;
    const { call, provider } = of;
    const { model, credential, clock } = call;
    this.#answering = {
      provider,
      model: model.id,
      account: credential.account,
      newId: () => newToolId(clock),
      malformed: (what) => malformed(of, what),
    };
    this.#requestId = requestId;
    this.#writer = new PartWriter(of.provider);
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** A whole answer. */
  whole(response: JsonObject): readonly ContentEvent[] {
    for (const item of objects(response["output"])) writeItem(item, this.#writer, this.#answering);
    this.#finish(response);
    return this.#writer.take();
  }

  /** One event of a stream. Events that this version does not know are ignored. */
  take(event: JsonObject): readonly ContentEvent[] {
    if (this.#isFinished) return [];
    const type = string(event["type"]);
    if (type.endsWith(".delta")) this.#delta(type, event);
    else this.#step(type, event);
    return this.#writer.take();
  }

  #step(type: string, event: JsonObject): void {
    const place = placeOf(event["output_index"]);
    const item = isObject(event["item"]) ? event["item"] : {};
    switch (type) {
      case "response.output_item.added":
        return this.#added(place, item);
      case "response.content_part.added":
        return this.#contentAdded(event);
      case "response.reasoning_summary_part.added":
        if (placeOf(event["summary_index"]) > 0) this.#writer.delta(place, "\n\n");
        return;
      case "response.output_item.done":
        return this.#done(place, item);
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
        return this.#ended(event["response"]);
      case "error":
        throw failedResponse(this.#of, isObject(event["error"]) ? event["error"] : event);
      default:
    }
  }

  #added(place: number, item: Item): void {
    if (item["type"] === "reasoning") this.#writer.open(place, { type: "reasoning" });
    if (item["type"] !== "function_call") return;
    const [id, name] = [string(item["call_id"]) || this.#answering.newId(), string(item["name"])];
    // Without a name it is looked at once it is whole.
    if (name !== "") this.#writer.open(place, { type: "tool-call", id, name, executor: "caller" });
  }

  #contentAdded(event: JsonObject): void {
    const part = isObject(event["part"]) ? event["part"] : {};
    const type = part["type"];
    if (type !== "output_text" && type !== "refusal") return;
    const place = placeOf(event["output_index"]);
    if (!this.#firstParts.has(place)) this.#firstParts.set(place, this.#writer.nextIndex);
    this.#writer.open(contentKey(event), { type: type === "refusal" ? "refusal" : "text" });
  }

  #delta(type: string, event: JsonObject): void {
    const delta = string(event["delta"]);
    switch (type) {
      case "response.output_text.delta":
      case "response.refusal.delta":
        if (!this.#writer.isOpen(contentKey(event))) {
          this.#contentAdded({ ...event, part: { type: type.includes("refusal") ? "refusal" : "output_text" } });
        }
        return this.#writer.delta(contentKey(event), delta);
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
      case "response.function_call_arguments.delta":
        return this.#writer.delta(placeOf(event["output_index"]), delta);
      default:
    }
  }

  /** An item is whole: what it repeats of its pieces is what counts. */
  #done(place: number, item: Item): void {
    const first = this.#firstParts.get(place);
    if (item["type"] === "message" && first !== undefined) {
      for (const [index, content] of objects(item["content"]).entries()) {
        const text = string(content["text"] ?? content["refusal"]);
        const state = content["type"] === "refusal" ? {} : messageState(item, this.#answering);
        this.#writer.close(`${place}.${index}`, { text, ...state });
      }
      return writeSources(item, this.#writer, first);
    }
    if (!this.#writer.isOpen(place)) return writeItem(item, this.#writer, this.#answering);
    if (item["type"] === "reasoning") {
      this.#writer.close(place, { text: reasoningText(item), ...reasoningState(item, this.#answering) });
    } else this.#writer.close(place, { text: string(item["arguments"]) });
  }

  #ended(response: Json | undefined): void {
    if (!isObject(response)) throw failedResponse(this.#of, undefined);
    // Hosts that stream no items still repeat them at the end.
    if (this.#writer.nextIndex === 0) {
      for (const item of objects(response["output"])) writeItem(item, this.#writer, this.#answering);
    }
    this.#finish(response);
  }

  #finish(response: JsonObject): void {
    if (response["status"] === "failed") {
      throw failedResponse(this.#of, response["error"]);
    }
    const output = objects(response["output"]);
    const searches = output.filter((item) => item["type"] === "web_search_call").length;
    const id = string(response["id"]);
    const model = string(response["model"]);
    const metadata = untold(response, output);
    const finish: Omit<Finish, "type"> = {
      ...finishReason(response, output),
      usage: responsesUsage(response["usage"], searches),
      response: {
        ...(id && { id }),
        ...(model && { model }),
        ...(this.#requestId !== undefined && { requestId: this.#requestId }),
      },
      ...(Object.keys(metadata).length > 0 && { providerMetadata: metadata }),
    };
    // May throw: an answer with a broken call is none.
    const warnings = this.#writer.finish(finish);
    this.#isFinished = true;
    for (const warning of warnings) this.#of.call.report({ type: "warning", warning });
  }
}

/** A place among others, as the vendor counts; -1 where it says none. */
const placeOf = (told: Json | undefined): number => count(told) ?? -1;

const contentKey = (event: JsonObject): string =>
  `${placeOf(event["output_index"])}.${placeOf(event["content_index"])}`;

const finishReason = (
  response: JsonObject,
  output: readonly Item[],
): Pick<Finish, "finishReason" | "rawFinishReason"> => {
  const details = response["incomplete_details"];
  const raw = (isObject(details) ? string(details["reason"]) : "") || string(response["status"]) || "completed";
  return { finishReason: BY_REASON[raw] ?? completed(raw, output), rawFinishReason: raw };
};

const BY_REASON: Readonly<Record<string, FinishReason>> = {
  max_output_tokens: "length",
  content_filter: "content-filter",
};

const completed = (raw: string, output: readonly Item[]): FinishReason => {
  if (raw !== "completed") return "other";
  const types = output.map((item) => item["type"]);
  if (types.includes("function_call") || types.includes("custom_tool_call")) return "tool-calls";
  const contents = output.flatMap((item) => objects(item["content"]));
  return contents.some((content) => content["type"] === "refusal") ? "refusal" : "stop";
};

import {
  type GenerateCall,
  isObject,
  type Json,
  type JsonObject,
  newToolId,
  type PartWriter,
  type VendorState,
} from "../../src/kit/index.ts";
import { object, objects, string } from "./fields.ts";
import { PartialArgs } from "./partial-args.ts";
import type { Said } from "./sources.ts";

/** A text that may go on in the next piece. */
interface OpenText {
  readonly type: "text" | "reasoning";
  readonly index: number;
  text: string;
}

/** A call whose arguments are still coming. */
interface OpenCall {
  readonly id: string;
  readonly name: string;
  readonly signature: string;
  readonly args: PartialArgs;
}

/** What ids of calls may be made from, wherever they go. */
const ID = /^[\w-]{1,48}$/;

/** Parts of an answer, in the pieces they come in, to the parts that are written. */
export class PartReader {
  /** The vendor's id of the answer, which ids of its calls are made from: the same bytes give the same ids. */
  answerId = "";
  /** Whether the application is to run something. */
  hasCalls = false;
  readonly texts: Said[] = [];
  readonly #writer: PartWriter;
  readonly #call: GenerateCall;
  readonly #provider: string;
  readonly #ids = new Set<string>();
  #text: OpenText | undefined;
  #open: OpenCall | undefined;
  /** The vendor's own call that was begun last: its result may come without an id. */
  #ran = "";

  constructor(writer: PartWriter, call: GenerateCall, provider: string) {
    this.#writer = writer;
    this.#call = call;
    this.#provider = provider;
  }

  take(part: JsonObject): void {
    const signature = string(part["thoughtSignature"]);
    const { functionCall, inlineData, fileData, text } = part;
    const isSaid = typeof text === "string" || (signature !== "" && Object.keys(part).length === 1);
    if (isSaid) return this.#say(part["thought"] === true ? "reasoning" : "text", string(text), signature);
    this.#endText();
    if (isObject(functionCall)) this.#piece(functionCall, signature);
    else if (isObject(inlineData)) this.#file(inlineData, part);
    else if (isObject(fileData)) this.#file(fileData, part);
    else this.#ranBy(part);
  }

  /** Ends what is open. `whole`: the model itself came to an end, and nothing was cut off. */
  end(whole: boolean): void {
    this.#endText();
    if (this.#open !== undefined) this.#endCall(whole);
  }

  /** Neighbours of one kind are one part, up to a signature: it comes at the end of what it signs, at times behind it. */
  #say(type: OpenText["type"], text: string, signature: string): void {
    if (this.#text !== undefined && this.#text.type !== type) this.#endText();
    if (text === "" && signature === "") return;
    if (this.#text === undefined) {
      this.#text = { type, index: this.#writer.nextIndex, text: "" };
      this.#writer.open(this.#text.index, { type });
    }
    this.#text.text += text;
    this.#writer.delta(this.#text.index, text);
    if (signature !== "") this.#endText(signature);
  }

  #endText(signature = ""): void {
    if (this.#text === undefined) return;
    const { type, index, text } = this.#text;
    this.#text = undefined;
    if (type === "text") this.texts.push({ index, text });
    const data = { ...(type === "reasoning" && { thought: true }), ...(signature !== "" && { signature }) };
    this.#writer.close(index, Object.keys(data).length === 0 ? {} : { state: this.#state(data) });
  }

  /** A call, or a piece of one: its name comes first and once, `willContinue` says whether there is more. */
  #piece(piece: JsonObject, signature: string): void {
    const name = string(piece["name"]);
    if (name !== "" || (this.#open === undefined && isObject(piece["args"]))) {
      if (this.#open !== undefined) this.#endCall(true);
      this.#open = { id: this.#newId(string(piece["id"])), name, signature, args: new PartialArgs() };
    }
    if (this.#open === undefined) return;
    this.#open.args.assign(object(piece["args"]));
    for (const each of objects(piece["partialArgs"])) this.#open.args.take(each);
    if (piece["willContinue"] !== true) this.#endCall(true);
    else this.#call.report({ type: "alive" });
  }

  #endCall(whole: boolean): void {
    if (this.#open === undefined) return;
    const { id, name, signature, args } = this.#open;
    this.#open = undefined;
    this.hasCalls = true;
    const state = signature === "" ? {} : { state: this.#state({ signature }) };
    this.#writer.toolCall({ id, name, executor: "caller", ...state }, whole && name !== "" ? args.json : "{");
  }

  #file(told: JsonObject, part: JsonObject): void {
    if (part["thought"] === true) {
      const message = `${this.#provider}: a picture of its thinking was left out.`;
      return this.#call.report({ type: "warning", warning: { code: "part_dropped", message } });
    }
    const url = string(told["fileUri"]);
    const signature = string(part["thoughtSignature"]);
    this.#writer.whole({
      type: "file",
      mediaType: string(told["mimeType"]) || "application/octet-stream",
      data: url === "" ? { base64: string(told["data"]) } : { url },
      ...(signature !== "" && { state: this.#state({ signature }) }),
    });
  }

  /** What the vendor ran itself, and what came of it; kinds that are not known bring nothing. */
  #ranBy(part: JsonObject): void {
    const { executableCode: code, codeExecutionResult: outcome, toolCall, toolResponse } = part;
    if (isObject(code))
      this.#ranCall("codeExecution", code, { language: string(code["language"]), code: string(code["code"]) }, part);
    else if (isObject(toolCall)) this.#ranCall(string(toolCall["toolType"]), toolCall, object(toolCall["args"]), part);
    else if (isObject(outcome)) this.#ranResult("codeExecution", outcome, part);
    else if (isObject(toolResponse)) this.#ranResult(string(toolResponse["toolType"]), toolResponse, part);
  }

  #ranCall(name: string, told: JsonObject, input: Json, part: JsonObject): void {
    this.#ran = this.#newId(string(told["id"]));
    this.#writer.whole({
      type: "tool-call",
      id: this.#ran,
      name,
      input,
      executor: "vendor",
      state: this.#rawState(part),
    });
  }

  #ranResult(name: string, told: JsonObject, part: JsonObject): void {
    const { id, toolType, ...value } = told;
    const failed = value["outcome"] !== undefined && value["outcome"] !== "OUTCOME_OK";
    this.#writer.whole({
      type: "tool-result",
      id: string(id) || this.#ran,
      name,
      output: { type: "json", value },
      ...(failed && { isError: true }),
      executor: "vendor",
      state: this.#rawState(part),
    });
  }

  #rawState(part: JsonObject): VendorState {
    const signature = string(part["thoughtSignature"]);
    return this.#state({ part, ...(signature !== "" && { signature }) });
  }

  #state(data: Json): VendorState {
    const { model, credential } = this.#call;
    return { provider: this.#provider, model: model.id, account: credential.account, data };
  }

  /** The vendor's own, or one made here; no two of an answer are the same. */
  #newId(told: string): string {
    const base = told || (ID.test(this.answerId) ? this.answerId : newToolId(this.#call.clock));
    let id = told === "" ? `${base}-1` : told;
    for (let more = 2; this.#ids.has(id); more += 1) id = `${base}-${more}`;
    this.#ids.add(id);
    return id;
  }
}

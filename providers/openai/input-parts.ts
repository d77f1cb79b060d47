import type { ResponseInputFile, ResponseInputImage, ResponseInputText } from "openai/resources/responses/responses";
import {
  base64Of,
  type Concede,
  type FilePart,
  type Owner,
  type TextPart,
  type ToolOutput,
  unsupported,
  urlOf,
} from "../../src/kit/index.ts";
import type { BreakpointOf } from "./cache.ts";

/** Who sends a history, and who is told of what it loses. */
export interface Sender extends Owner {
  readonly model: string;
  readonly concede: Concede;
  readonly breakpoint: BreakpointOf;
}

export type InputPart = ResponseInputText | ResponseInputImage | ResponseInputFile;

/** Text and files, as the API takes them; a file that cannot be sent is refused. */
export const inputPart = (part: TextPart | FilePart, path: string, sender: Sender): readonly InputPart[] => {
  const mark = sender.breakpoint(part);
  if (part.type === "text") return part.text === "" ? [] : [{ type: "input_text", text: part.text, ...mark }];
  return [{ ...filePart(part, path, sender), ...mark }];
};

/** Only a file that is sent in its bytes has a name of its own. */
const filePart = (part: FilePart, path: string, sender: Sender): ResponseInputImage | ResponseInputFile => {
  const made = sentFile(part, path, sender);
  if (part.filename !== undefined && !("filename" in made)) {
    sender.concede(
      "other",
      `${path}.filename`,
      "OpenAI is not told the names of images, nor of files that are elsewhere.",
    );
  }
  return made;
};

const sentFile = (part: FilePart, path: string, sender: Sender): ResponseInputImage | ResponseInputFile => {
  const { mediaType, data, detail, filename } = part;
  if ("fileId" in data) {
    if (data.provider !== sender.provider) throw refuse(path, `the file is held by ${data.provider}.`, sender);
    if (!mediaType.startsWith("image/")) return { type: "input_file", file_id: data.fileId };
    return { type: "input_image", file_id: data.fileId, detail: detail ?? "auto" };
  }
  if (mediaType.startsWith("image/")) {
    return { type: "input_image", image_url: urlOf(data, mediaType) ?? "", detail: detail ?? "auto" };
  }
  if (mediaType.startsWith("audio/") || mediaType.startsWith("video/")) {
    throw refuse(path, `the Responses API takes no ${mediaType}.`, sender);
  }
  if ("url" in data) return { type: "input_file", file_url: data.url };
  const name = filename ?? (mediaType === "application/pdf" ? "file.pdf" : "file");
  return { type: "input_file", filename: name, file_data: `data:${mediaType};base64,${base64Of(data) ?? ""}` };
};

const refuse = (path: string, why: string, sender: Sender): Error =>
  unsupported(sender.provider, sender.model, path, why);

/** There is no field that says that a tool failed: it is said in words. */
export const failed = (output: string | ToolOutput, path: string, sender: Sender): string | InputPart[] => {
  const said = resultOutput(output, path, sender);
  return typeof said === "string" ? `Error: ${said}` : [{ type: "input_text", text: "Error:" }, ...said];
};

export const resultOutput = (output: string | ToolOutput, path: string, sender: Sender): string | InputPart[] => {
  if (typeof output === "string") return output;
  if (output.type === "text") return output.text;
  if (output.type === "json") return JSON.stringify(output.value);
  return output.parts.flatMap((part, at) => inputPart(part, `${path}.output.parts[${at}]`, sender));
};

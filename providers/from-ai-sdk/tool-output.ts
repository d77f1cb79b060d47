import type { LanguageModelV4ToolResultOutput } from "@ai-sdk/provider";
import { base64Of, type FilePart, type ToolOutput, type ToolResultPart, unsupported } from "../../src/kit/index.ts";
import { fileData, versioned } from "./file-data.ts";
import type { Sender } from "./sender.ts";

type Content = Extract<LanguageModelV4ToolResultOutput, { type: "content" }>["value"];

/** What a tool answered. Only text and JSON can be marked as an error; of files it is said in words. */
export const toolOutput = (
  { output, isError = false }: ToolResultPart,
  path: string,
  sender: Sender,
): LanguageModelV4ToolResultOutput => {
  const told: ToolOutput = typeof output === "string" ? { type: "text", text: output } : output;
  switch (told.type) {
    case "text":
      return { type: isError ? "error-text" : "text", value: told.text };
    case "json":
      return { type: isError ? "error-json" : "json", value: told.value };
    default: {
      const parts = told.parts.map((part, at) => contentOf(part, `${path}.output.parts[${at}]`, sender));
      return { type: "content", value: isError ? [{ type: "text", text: "Error:" }, ...parts] : parts };
    }
  }
};

type ToolPart = Extract<ToolOutput, { type: "parts" }>["parts"][number];

const contentOf = (part: ToolPart, path: string, sender: Sender): Content[number] => {
  if (part.type === "text") return { type: "text", text: part.text };
  const { mediaType, filename } = part;
  const named = filename === undefined ? {} : { filename };
  if (sender.version === "v4") {
    return { type: "file", data: versioned(fileData(part, path, sender), sender), mediaType, ...named };
  }
  return (sender.version === "v3" ? v3File(part, path, sender) : v2File(part, path, sender)) as unknown as Content[0];
};

/** V2 knows bytes alone. */
const v2File = (part: FilePart, path: string, sender: Sender): object => {
  const data = bytesOf(part, path, sender);
  if (data !== undefined) return { type: "media", data, mediaType: part.mediaType };
  throw unsupported(sender.provider, sender.model, path, "AI SDK models of V2 take files in a result as bytes alone.");
};

/** V3 tells images from other files, and bytes from addresses. */
const v3File = (part: FilePart, path: string, sender: Sender): object => {
  const { mediaType, filename } = part;
  const kind = mediaType.startsWith("image/") ? "image" : "file";
  const data = bytesOf(part, path, sender);
  if (data === undefined) return { type: `${kind}-url`, url: "url" in part.data ? part.data.url : "" };
  const named = kind === "file" && filename !== undefined ? { filename } : {};
  return { type: `${kind}-data`, data, mediaType, ...named };
};

/** As base64; undefined for an address that the model fetches. */
const bytesOf = (part: FilePart, path: string, sender: Sender): string | undefined => {
  const data = fileData(part, path, sender);
  if (data.type !== "data") return undefined;
  return typeof data.data === "string" ? data.data : base64Of({ bytes: data.data });
};

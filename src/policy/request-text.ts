import type { GenerateRequest } from "../contract/index.ts";
import { readRequest } from "./read-request.ts";

/** All of a request that is text, for a tokenizer: as much as `measure` counts in bytes, a line apart. */
export const requestText = (request: GenerateRequest): string => {
  const texts: string[] = [];
  readRequest(request, {
    text: (text) => texts.push(text),
    schema: ({ schema }) => texts.push(JSON.stringify(schema)),
    file: ({ mediaType, data }) => {
      if (!mediaType.startsWith("text/")) return;
      if ("bytes" in data) texts.push(Buffer.from(data.bytes).toString());
      else if ("base64" in data) texts.push(Buffer.from(data.base64, "base64").toString());
    },
  });
  return texts.join("\n");
};

import type { GenerateRequest, Part, ToolOutput } from "../contract/index.ts";

/** Bytes of text a token stands for, on the safe side: real ratios run from 2 (code, CJK) to 5 (plain English). */
const BYTES_PER_TOKEN = 3;
/** For roles and separators, by message. */
const TOKENS_PER_MESSAGE = 4;
/** For an image, PDF or sound, whose own rules differ by vendor: about a large image at OpenAI or Anthropic. */
const TOKENS_PER_FILE = 1_600;

/** Input tokens of a request, estimated from its bytes without a tokenizer; meant to be too high rather than too low. */
export const estimateInputTokens = (request: GenerateRequest): number => {
  let bytes = 0;
  let files = 0;
  for (const { content } of request.messages) {
    if (typeof content === "string") bytes += Buffer.byteLength(content);
    else {
      for (const part of content) {
        if (part.type === "file") files += 1;
        else bytes += bytesOf(part);
      }
    }
  }
  for (const tool of request.tools ?? []) bytes += tool.type === "function" ? JSON.stringify(tool).length : 0;
  if (request.output !== undefined) bytes += JSON.stringify(request.output.schema).length;
  return Math.ceil(bytes / BYTES_PER_TOKEN) + request.messages.length * TOKENS_PER_MESSAGE + files * TOKENS_PER_FILE;
};

const bytesOf = (part: Exclude<Part, { readonly type: "file" }>): number => {
  switch (part.type) {
    case "tool-call":
      return JSON.stringify(part.input).length;
    case "tool-result":
      return typeof part.output === "string" ? Buffer.byteLength(part.output) : outputBytes(part.output);
    case "source":
      return part.quote?.length ?? 0;
    default:
      return Buffer.byteLength(part.text);
  }
};

const outputBytes = (output: ToolOutput): number => {
  if (output.type === "text") return Buffer.byteLength(output.text);
  if (output.type === "json") return JSON.stringify(output.value).length;
  return output.parts.reduce(
    (bytes, part) => bytes + (part.type === "text" ? Buffer.byteLength(part.text) : TOKENS_PER_FILE * BYTES_PER_TOKEN),
    0,
  );
};

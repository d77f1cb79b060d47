import type {
  FilePart,
  GenerateRequest,
  Json,
  JsonSchema,
  Part,
  ResolvedSchema,
  ToolOutput,
} from "../contract/index.ts";

/** Bytes of text a token stands for, on the safe side: real ratios run from 2 (code, CJK) to 5 (plain English). */
const BYTES_PER_TOKEN = 3;
/** For roles and separators, by message. */
const TOKENS_PER_MESSAGE = 4;
/** For an image, PDF or sound, whose own rules differ by vendor: about a large image at OpenAI or Anthropic. */
const TOKENS_PER_FILE = 1_600;

/** Input tokens of a request, estimated from its bytes without a tokenizer; meant to be too high rather than too low. */
export const estimateInputTokens = (request: GenerateRequest): number => {
  let bytes = 0;
  for (const { content } of request.messages) {
    if (typeof content === "string") bytes += Buffer.byteLength(content);
    else for (const part of content) bytes += bytesOf(part);
  }
  for (const tool of request.tools ?? []) {
    if (tool.type === "function")
      bytes += Buffer.byteLength(tool.name + (tool.description ?? "")) + schemaBytes(tool.input);
  }
  if (request.output !== undefined) bytes += schemaBytes(request.output);
  return Math.ceil(bytes / BYTES_PER_TOKEN) + request.messages.length * TOKENS_PER_MESSAGE;
};

const sizes = new WeakMap<JsonSchema, number>();

/** A schema is resolved once and used often: so is its size. */
const schemaBytes = ({ schema }: ResolvedSchema): number => {
  let size = sizes.get(schema);
  if (size === undefined) {
    size = jsonBytes(schema);
    sizes.set(schema, size);
  }
  return size;
};

const jsonBytes = (value: Json): number => Buffer.byteLength(JSON.stringify(value));

const bytesOf = (part: Part): number => {
  switch (part.type) {
    case "file":
      return fileBytes(part);
    case "tool-call":
      return jsonBytes(part.input);
    case "tool-result":
      return typeof part.output === "string" ? Buffer.byteLength(part.output) : outputBytes(part.output);
    case "source":
      return Buffer.byteLength(part.quote ?? "");
    default:
      return Buffer.byteLength(part.text);
  }
};

const outputBytes = (output: ToolOutput): number => {
  if (output.type === "text") return Buffer.byteLength(output.text);
  if (output.type === "json") return jsonBytes(output.value);
  return output.parts.reduce((bytes, part) => bytes + bytesOf(part), 0);
};

/** As text counts; where the text is at hand, as much of it as there is. */
const fileBytes = ({ mediaType, data }: FilePart): number => {
  const usual = TOKENS_PER_FILE * BYTES_PER_TOKEN;
  if (!mediaType.startsWith("text/")) return usual;
  if ("bytes" in data) return data.bytes.byteLength;
  return "base64" in data ? Buffer.byteLength(data.base64, "base64") : usual;
};

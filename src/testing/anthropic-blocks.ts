import { createHash } from "node:crypto";
import type { ModelTraits } from "./anthropic-models.ts";
import { type Fields, isFields, list, text } from "./dialect.ts";

/** What the rules of a history depend on beside it. */
export interface Reading {
  readonly traits: ModelTraits;
  /** Version of the API. */
  readonly version: string;
  /** `thinking.type`. */
  readonly thinking: string;
  readonly isOwn: (seal: string) => boolean;
}

/** What a signature is made of: the words that were thought, so that changed ones are known. */
export const digest = (words: string): string => createHash("sha256").update(words).digest("hex").slice(0, 24);

/** From this version of the API on, blocks are where they belong, or the answer is 400. */
const STRICT_SINCE = "2026-10-21";

const IMAGES = ["image/jpeg", "image/png", "image/gif", "image/webp"];
const ID = /^[a-zA-Z0-9_-]+$/;
const NAME = /^[a-zA-Z0-9_-]{1,128}$/;

type Rule = (block: Fields, at: string, reading: Reading) => string | undefined;

/** Fields of each kind of block. What an answer has besides is not taken back. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  text: ["text", "citations", "cache_control"],
  image: ["source", "cache_control"],
  document: ["source", "title", "context", "citations", "cache_control"],
  search_result: ["source", "title", "content", "citations", "cache_control"],
  tool_result: ["tool_use_id", "content", "is_error", "toolset_name", "cache_control"],
  container_upload: ["file_id", "cache_control"],
  thinking: ["thinking", "signature"],
  redacted_thinking: ["data"],
  tool_use: ["id", "name", "input", "caller", "toolset_name", "cache_control"],
  server_tool_use: ["id", "name", "input", "caller", "cache_control"],
  mcp_tool_use: ["id", "name", "input", "server_name", "cache_control"],
};
const IN_USER = ["text", "image", "document", "search_result", "tool_result", "container_upload"];
const IN_ASSISTANT = ["text", "thinking", "redacted_thinking", "tool_use", "server_tool_use", "mcp_tool_use"];
const IN_RESULT = ["text", "image", "document", "search_result"];

/** Why a block cannot stand in a message of this role. */
export const wrongBlock = (block: Fields, role: string, at: string, reading: Reading): string | undefined => {
  const type = text(block["type"]);
  const isResult = /_tool_result$/.test(type);
  const fits =
    role === "user" ? IN_USER.includes(type) : role === "system" ? type === "text" : inAssistant(type, reading);
  if (!fits && !(role === "assistant" && isResult))
    return `${at}: \`${type}\` blocks are not permitted in ${role} messages`;
  const fields = FIELDS[type];
  const extra = Object.keys(block).find((key) => key !== "type" && fields !== undefined && !fields.includes(key));
  if (extra !== undefined) return `${at}.${type}.${extra}: Extra inputs are not permitted`;
  const citations = list(block["citations"]);
  if (role === "user" && type === "text" && citations.length > 0 && reading.version >= STRICT_SINCE) {
    return `${at}.text.citations: citations are not permitted in user messages`;
  }
  return isResult ? wrongVendorResult(block, at, reading) : RULES[type]?.(block, `${at}.${type}`, reading);
};

/** Documents were once taken there. */
const inAssistant = (type: string, { version }: Reading): boolean =>
  IN_ASSISTANT.includes(type) || (type === "document" && version < STRICT_SINCE);

const wrongText: Rule = (block, at) => {
  if (typeof block["text"] !== "string") return `${at}.text: Field required`;
  if (block["text"] === "") return `messages: text content blocks must be non-empty`;
  if (block["text"].trim() === "") return `messages: text content blocks must contain non-whitespace text`;
  return list(block["citations"]).some((citation) => "file_id" in citation)
    ? `${at}.citations.0.file_id: Extra inputs are not permitted`
    : undefined;
};

const wrongThinking: Rule = ({ thinking, signature }, at, { isOwn }) => {
  const seal = text(signature);
  if (!isOwn(seal)) return `${at}: Invalid \`signature\` in \`thinking\` block`;
  const signed = seal.endsWith(Buffer.from(digest(text(thinking))).toString("base64url"));
  return signed ? undefined : `${at}: \`thinking\` blocks in the latest assistant message cannot be modified`;
};

const wrongCall: Rule = ({ id, name, input }, at) => {
  if (!ID.test(text(id))) return `${at}.id: String should match pattern '^[a-zA-Z0-9_-]+$'`;
  if (!NAME.test(text(name))) return `${at}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`;
  return isFields(input) ? undefined : `${at}.input: Input should be a valid dictionary`;
};

const serverCall =
  (prefix: RegExp): Rule =>
  ({ id, input }, at) => {
    if (!prefix.test(text(id))) return `${at}.id: String should match pattern '${prefix.source}'`;
    return isFields(input) ? undefined : `${at}.input: Input should be a valid dictionary`;
  };

const wrongResult: Rule = (block, at, reading) => {
  const { content, is_error } = block;
  const failed = is_error === true;
  const isEmpty =
    content === undefined || (typeof content === "string" ? content.trim() === "" : list(content).length === 0);
  if (failed && isEmpty) return `${at}: content cannot be empty if \`is_error\` is true`;
  for (const [place, each] of list(content).entries()) {
    const type = text(each["type"]);
    if (!IN_RESULT.includes(type))
      return `${at}.content.${place}: \`${type}\` blocks are not permitted in tool results`;
    if (failed && type !== "text") return `${at}: all content must be type "text" if \`is_error\` is true`;
    const wrong = wrongBlock(each, "user", `${at}.content.${place}`, reading);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
};

/** What a search found can only be read by who found it. */
const wrongVendorResult: Rule = ({ content, tool_use_id }, at, { isOwn }) => {
  if (typeof tool_use_id !== "string") return `${at}.tool_use_id: Field required`;
  const foreign = list(content).some(({ encrypted_content: seal }) => seal !== undefined && !isOwn(text(seal)));
  return foreign ? `${at}.content: Invalid \`encrypted_content\` in search result block` : undefined;
};

const wrongSource = (source: unknown, inline: (source: Fields) => boolean, at: string): string | undefined => {
  const fields = isFields(source) ? source : {};
  switch (fields["type"]) {
    case "url":
      return /^https?:\/\//.test(text(fields["url"])) ? undefined : `${at}.source.url: Invalid URL`;
    case "file":
      return text(fields["file_id"]) === "" ? `${at}.source.file_id: Field required` : undefined;
    default:
      return inline(fields) ? undefined : `${at}.source: Input should be a valid source`;
  }
};

const isImage = ({ type, media_type, data }: Fields): boolean =>
  type === "base64" && IMAGES.includes(text(media_type)) && text(data) !== "";
const isDocument = ({ type, media_type, data, content }: Fields): boolean =>
  (type === "base64" && media_type === "application/pdf" && text(data) !== "") ||
  (type === "text" && media_type === "text/plain" && text(data) !== "") ||
  (type === "content" && content !== undefined);

const RULES: Readonly<Record<string, Rule>> = {
  text: wrongText,
  thinking: wrongThinking,
  redacted_thinking: ({ data }, at, { isOwn }) => (isOwn(text(data)) ? undefined : `${at}: Invalid \`data\``),
  tool_use: wrongCall,
  server_tool_use: serverCall(/^srvtoolu_[a-zA-Z0-9_]+$/),
  mcp_tool_use: serverCall(/^mcptoolu_[a-zA-Z0-9_]+$/),
  tool_result: wrongResult,
  image: ({ source }, at) => wrongSource(source, isImage, at),
  document: ({ source }, at) => wrongSource(source, isDocument, at),
};

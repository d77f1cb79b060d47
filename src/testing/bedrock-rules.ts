import { type Fields, isFields, list, text } from "./dialect.ts";

/** Knows the vendor's own signatures. */
type IsOwn = (seal: string) => boolean;
/** Why the real API would answer 400. */
type Wrong = string | undefined;

const FIELDS = new Set([
  "messages",
  "system",
  "inferenceConfig",
  "toolConfig",
  "guardrailConfig",
  "additionalModelRequestFields",
  "promptVariables",
  "additionalModelResponseFieldPaths",
  "requestMetadata",
  "performanceConfig",
  "serviceTier",
  "outputConfig",
]);
const SHARED = ["text", "cachePoint", "image", "document", "video", "audio", "guardContent", "searchResult"];
const BLOCKS: Readonly<Record<string, ReadonlySet<string>>> = {
  user: new Set([...SHARED, "toolResult"]),
  assistant: new Set([...SHARED, "toolUse", "toolResult", "reasoningContent", "citationsContent"]),
};
const INFERENCE = new Set(["maxTokens", "temperature", "topP", "stopSequences"]);
const ID = /^[a-zA-Z0-9_-]{1,64}$/;
const DOCUMENT_NAME = /^(?!.*\s\s)[A-Za-z0-9\s()[\]-]{1,200}$/;
const IMAGES = new Set(["png", "jpeg", "gif", "webp"]);
const DOCUMENTS = new Set(["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"]);
const MOST_CACHE_POINTS = 4;
const NAME_RULE =
  "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character.";

const first = <T>(values: readonly T[], rule: (value: T, index: number) => Wrong): Wrong => {
  for (const [index, value] of values.entries()) {
    const wrong = rule(value, index);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
};

/** Rules that Converse enforces with a ValidationException. */
export const wrongRequest = (body: Fields, isOwn: IsOwn): Wrong => {
  const unknown = Object.keys(body).find((key) => !FIELDS.has(key));
  if (unknown !== undefined) return `#: extraneous key [${unknown}] is not permitted`;
  const messages = list(body["messages"]);
  return (
    wrongRoles(messages) ??
    first(messages, (message, index) => wrongMessage(message, index, isOwn)) ??
    wrongPairs(messages) ??
    wrongDocuments(messages) ??
    wrongSystem(list(body["system"])) ??
    wrongTools(body, messages) ??
    wrongInference(body["inferenceConfig"]) ??
    wrongOutput(body["outputConfig"]) ??
    wrongCachePoints(body)
  );
};

const wrongRoles = (messages: readonly Fields[]): Wrong => {
  if (messages.length === 0) return "A conversation must have at least one message.";
  if (messages[0]?.["role"] !== "user") {
    return "A conversation must start with a user message. Try again with a conversation that starts with a user message.";
  }
  return first(messages, ({ role }, index) => {
    if (role !== "user" && role !== "assistant") return `messages.${index}.role: invalid`;
    return role === messages[index - 1]?.["role"]
      ? "A conversation must alternate between user and assistant roles."
      : undefined;
  });
};

const wrongMessage = ({ role, content }: Fields, index: number, isOwn: IsOwn): Wrong => {
  const at = `messages.${index}.content`;
  if (!Array.isArray(content) || content.length === 0)
    return `The content field in the Message object at ${at} is empty.`;
  return first(list(content), (block, place) => wrongBlock(block, text(role), `${at}.${place}`, isOwn));
};

const wrongBlock = (block: Fields, role: string, at: string, isOwn: IsOwn): Wrong => {
  const [kind = "", ...others] = Object.keys(block);
  if (others.length > 0 || BLOCKS[role]?.has(kind) !== true) return `${at}: ${kind || "nothing"} is not allowed here`;
  const value = block[kind];
  if (kind === "text")
    return text(value).trim() === "" ? `The text field in the ContentBlock object at ${at} is blank.` : undefined;
  if (!isFields(value)) return `${at}.${kind}: expected an object`;
  switch (kind) {
    case "image":
      return IMAGES.has(text(value["format"])) ? wrongSource(value, at) : `${at}.image.format: invalid`;
    case "document":
      return wrongDocument(value, at);
    case "toolUse":
      return wrongToolUse(value, at);
    case "toolResult":
      return wrongToolResult(value, at);
    case "reasoningContent":
      return wrongReasoning(value, at, isOwn);
    default:
      return undefined;
  }
};

const wrongSource = ({ source }: Fields, at: string): Wrong => {
  if (isFields(source) && (text(source["bytes"]) !== "" || isFields(source["s3Location"]))) return undefined;
  return `${at}: the source must be bytes or s3Location`;
};

const wrongDocument = (document: Fields, at: string): Wrong => {
  if (!DOCUMENT_NAME.test(text(document["name"]))) return NAME_RULE;
  return DOCUMENTS.has(text(document["format"])) ? wrongSource(document, at) : `${at}.document.format: invalid`;
};

const wrongToolUse = ({ toolUseId, name, input }: Fields, at: string): Wrong => {
  if (!ID.test(text(toolUseId)))
    return `Value at '${at}.toolUse.toolUseId' failed to satisfy constraint: [a-zA-Z0-9_-]+`;
  if (!ID.test(text(name))) return `Value at '${at}.toolUse.name' failed to satisfy constraint: [a-zA-Z0-9_-]+`;
  return isFields(input)
    ? undefined
    : `The format of the value at ${at}.toolUse.input is invalid. Provide a json object.`;
};

const wrongToolResult = ({ toolUseId, content, status }: Fields, at: string): Wrong => {
  if (!ID.test(text(toolUseId))) return `Value at '${at}.toolResult.toolUseId' failed to satisfy constraint`;
  if (!Array.isArray(content)) return `${at}.toolResult.content: required`;
  if (status !== undefined && status !== "error" && status !== "success") return `${at}.toolResult.status: invalid`;
  return first(list(content), (block) => {
    const [kind = "", ...others] = Object.keys(block);
    if (others.length > 0 || !["text", "json", "image", "document", "video", "searchResult"].includes(kind)) {
      return `${at}.toolResult.content: ${kind} is not allowed here`;
    }
    if (kind === "text" && text(block["text"]).trim() === "")
      return `The text field at ${at}.toolResult.content is blank.`;
    if (kind === "json" && !isFields(block["json"])) return `${at}.toolResult.content.json: expected an object`;
    return undefined;
  });
};

const wrongReasoning = ({ reasoningText, redactedContent }: Fields, at: string, isOwn: IsOwn): Wrong => {
  if (typeof redactedContent === "string") {
    return isOwn(Buffer.from(redactedContent, "base64").toString("utf8"))
      ? undefined
      : `${at}: Invalid redacted content`;
  }
  const signature = isFields(reasoningText) ? text(reasoningText["signature"]) : "";
  return isOwn(signature)
    ? undefined
    : `The model returned the following errors: ${at}: Invalid \`signature\` in \`thinking\` block`;
};

const idsOf = (message: Fields | undefined, kind: "toolUse" | "toolResult"): readonly unknown[] =>
  list(message?.["content"]).flatMap((block) => {
    const value = block[kind];
    return isFields(value) && value["type"] === undefined ? [value["toolUseId"]] : [];
  });

/** Each call is answered in the very next turn, and nothing else is. */
const wrongPairs = (messages: readonly Fields[]): Wrong =>
  first(messages, (message, index) => {
    const called = new Set(messages[index - 1]?.["role"] === "assistant" ? idsOf(messages[index - 1], "toolUse") : []);
    const answered = message["role"] === "user" ? idsOf(message, "toolResult") : [];
    for (const id of answered) {
      if (!called.delete(id)) {
        return `The number of toolResult blocks at messages.${index}.content exceeds the number of toolUse blocks of previous turn.`;
      }
    }
    const open = index === messages.length - 1 ? idsOf(message, "toolUse") : [];
    const missing = [...called, ...open];
    return missing.length === 0
      ? undefined
      : `Expected toolResult blocks at messages.${index}.content for the following Ids: ${missing.join(", ")}`;
  });

const wrongDocuments = (messages: readonly Fields[]): Wrong => {
  const names = new Set<string>();
  return first(messages, ({ content }) => {
    const documents = list(content).flatMap(({ document }) => (isFields(document) ? [text(document["name"])] : []));
    for (const name of documents) {
      if (names.has(name)) return "Messages can't contain duplicate document names.";
      names.add(name);
    }
    return documents.length > 0 && list(content).every((block) => block["text"] === undefined)
      ? "A text block must be included beside a document."
      : undefined;
  });
};

const wrongSystem = (system: readonly Fields[]): Wrong =>
  first(system, (block) => {
    if (isFields(block["cachePoint"]) || isFields(block["guardContent"])) return undefined;
    return text(block["text"]).trim() === "" ? "The text field in the SystemContentBlock object is blank." : undefined;
  });

const wrongTools = ({ toolConfig, additionalModelRequestFields }: Fields, messages: readonly Fields[]): Wrong => {
  if (toolConfig === undefined) {
    const uses = messages.some((each) => idsOf(each, "toolUse").length + idsOf(each, "toolResult").length > 0);
    return uses ? "The toolConfig field must be defined when using toolUse and toolResult content blocks." : undefined;
  }
  const config = isFields(toolConfig) ? toolConfig : {};
  if (list(config["tools"]).length === 0) return "The toolConfig field must have at least one tool.";
  const choice = isFields(config["toolChoice"]) ? Object.keys(config["toolChoice"]) : [];
  if (choice.length > 1 || choice.some((kind) => !["auto", "any", "tool"].includes(kind)))
    return "toolConfig.toolChoice: invalid";
  const extra = isFields(additionalModelRequestFields) ? additionalModelRequestFields["tool_choice"] : undefined;
  if (isFields(extra) && (extra["type"] !== undefined) === choice.length > 0)
    return "tool_choice: type must be said once";
  return first(list(config["tools"]), wrongTool);
};

const wrongTool = ({ toolSpec, systemTool, cachePoint }: Fields): Wrong => {
  if (isFields(systemTool) || isFields(cachePoint)) return undefined;
  if (!isFields(toolSpec)) return "toolConfig.tools: expected toolSpec";
  if (!ID.test(text(toolSpec["name"])))
    return "toolConfig.tools.toolSpec.name failed to satisfy constraint: [a-zA-Z0-9_-]+";
  if (toolSpec["description"] !== undefined && text(toolSpec["description"]).trim() === "")
    return "toolSpec.description is blank";
  const schema = isFields(toolSpec["inputSchema"]) ? toolSpec["inputSchema"]["json"] : undefined;
  return isFields(schema) && schema["type"] === "object"
    ? undefined
    : "The value at toolConfig.tools.toolSpec.inputSchema.json.type must be one of the following: object.";
};

const wrongInference = (config: unknown): Wrong => {
  if (config === undefined) return undefined;
  if (!isFields(config)) return "inferenceConfig: expected an object";
  const unknown = Object.keys(config).find((key) => !INFERENCE.has(key));
  if (unknown !== undefined) return `inferenceConfig: extraneous key [${unknown}] is not permitted`;
  const { maxTokens, temperature, topP, stopSequences } = config;
  if (maxTokens !== undefined && !(Number.isInteger(maxTokens) && Number(maxTokens) >= 1))
    return "inferenceConfig.maxTokens: invalid";
  for (const share of [temperature, topP]) {
    if (share !== undefined && !(Number(share) >= 0 && Number(share) <= 1))
      return "inferenceConfig: must be between 0 and 1";
  }
  return Array.isArray(stopSequences) && stopSequences.includes("")
    ? "inferenceConfig.stopSequences: empty"
    : undefined;
};

const wrongOutput = (config: unknown): Wrong => {
  const format = isFields(config) ? config["textFormat"] : undefined;
  if (!isFields(format)) return undefined;
  const structure = isFields(format["structure"]) ? format["structure"]["jsonSchema"] : undefined;
  const schema = isFields(structure) ? text(structure["schema"]) : "";
  try {
    return isFields(JSON.parse(schema)) ? undefined : "outputConfig.textFormat: the schema must be an object";
  } catch {
    return "outputConfig.textFormat: the schema must be JSON in a string";
  }
};

const wrongCachePoints = (body: Fields): Wrong => {
  const points = JSON.stringify(body).split('"cachePoint"').length - 1;
  return points > MOST_CACHE_POINTS
    ? `A maximum of ${MOST_CACHE_POINTS} cache points is allowed. Found ${points}.`
    : undefined;
};

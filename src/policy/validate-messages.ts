import { type Issues, isBoolean, isCacheHint, isJson, isName, isOneOf, isRecord, isText } from "./issues.ts";

/** What a tool may answer with. */
const RESULT_PARTS = ["text", "file"];

const PARTS_OF: Readonly<Record<string, readonly string[]>> = {
  system: ["text"],
  user: ["text", "file"],
  assistant: ["text", "reasoning", "file", "tool-call", "tool-result", "source", "refusal"],
  tool: ["tool-result"],
};

/** The history: roles, parts, and tool results that answer a call that was made. */
export const validateMessages = (messages: unknown, issues: Issues): void => {
  if (!Array.isArray(messages) || messages.length === 0) return issues.add("messages", "at least one message");
  const calls = new Set<string>();
  for (const [index, message] of messages.entries()) validateMessage(`messages[${index}]`, message, calls, issues);
};

const validateMessage = (path: string, message: unknown, calls: Set<string>, issues: Issues): void => {
  if (!isRecord(message)) return issues.add(path, "a message { role, content }");
  const { role, content } = message;
  const allowed = typeof role === "string" && Object.hasOwn(PARTS_OF, role) ? PARTS_OF[role] : undefined;
  if (allowed === undefined) return issues.add(`${path}.role`, `one of ${Object.keys(PARTS_OF).join(", ")}`);
  if (typeof content === "string" && role !== "tool") return;
  if (!Array.isArray(content)) {
    return issues.add(
      `${path}.content`,
      role === "tool" ? "a list of tool-result parts" : "a string or a list of parts",
    );
  }
  // A model may answer with nothing at all; nobody asks it that way.
  if (content.length === 0 && role !== "assistant") return issues.add(`${path}.content`, "at least one part");
  for (const [index, part] of content.entries()) {
    validatePart(`${path}.content[${index}]`, part, allowed, calls, issues);
  }
};

const validatePart = (
  path: string,
  part: unknown,
  allowed: readonly string[],
  calls: Set<string>,
  issues: Issues,
): void => {
  if (!isRecord(part) || typeof part["type"] !== "string" || !allowed.includes(part["type"])) {
    return issues.add(`${path}.type`, `one of ${allowed.join(", ")}`);
  }
  issues.optional(`${path}.promptCache`, part["promptCache"], isCacheHint, "an object { ttlMs }");
  issues.optional(`${path}.state`, part["state"], isState, "the state that a vendor gave, as it was");
  issues.optional(`${path}.executor`, part["executor"], isOneOf("caller", "vendor"), "caller or vendor");
  switch (part["type"]) {
    case "file":
      return validateFile(path, part, issues);
    case "tool-call":
      if (isName(part["id"])) calls.add(part["id"] as string);
      else issues.add(`${path}.id`, "the call's id");
      if (!isName(part["name"])) issues.add(`${path}.name`, "the tool's name");
      if (!isJson(part["input"])) issues.add(`${path}.input`, "JSON");
      return;
    case "tool-result":
      return validateResult(path, part, calls, issues);
    case "source":
      return issues.optional(`${path}.quote`, part["quote"], isText, "a string");
    default:
      if (!isText(part["text"])) issues.add(`${path}.text`, "a string");
  }
};

const isState = (value: unknown): boolean =>
  isRecord(value) && isName(value["provider"]) && isText(value["model"]) && isText(value["account"]);

const validateFile = (path: string, part: Readonly<Record<string, unknown>>, issues: Issues): void => {
  const { mediaType, data } = part;
  issues.optional(`${path}.filename`, part["filename"], isText, "a string");
  issues.optional(`${path}.detail`, part["detail"], isOneOf("low", "high", "auto"), "low, high or auto");
  if (typeof mediaType !== "string" || !mediaType.includes("/"))
    issues.add(`${path}.mediaType`, "a media type, such as image/png");
  const ways = isRecord(data) ? ["bytes", "base64", "url", "fileId"].filter((way) => data[way] !== undefined) : [];
  if (ways.length !== 1 || !isRecord(data))
    return issues.add(`${path}.data`, "exactly one of bytes, base64, url, fileId");
  const [way = ""] = ways;
  const fits = way === "bytes" ? data["bytes"] instanceof Uint8Array : isName(data[way]);
  if (!fits) issues.add(`${path}.data.${way}`, way === "bytes" ? "a Uint8Array" : "a string");
  if (way === "fileId" && !isName(data["provider"]))
    issues.add(`${path}.data.provider`, "the provider that holds the file");
};

const validateResult = (
  path: string,
  part: Readonly<Record<string, unknown>>,
  calls: ReadonlySet<string>,
  issues: Issues,
): void => {
  const { id, name, output } = part;
  if (!isName(name)) issues.add(`${path}.name`, "the tool's name");
  if (!isName(id)) issues.add(`${path}.id`, "the id of the tool call it answers");
  // A vendor's own result may answer a call of an earlier, shortened history.
  else if (part["executor"] !== "vendor" && !calls.has(id as string)) {
    issues.add(`${path}.id`, "the id of a tool call earlier in the messages");
  }
  issues.optional(`${path}.isError`, part["isError"], isBoolean, "a boolean");
  if (typeof output !== "string") validateOutput(`${path}.output`, output, issues);
};

const validateOutput = (path: string, output: unknown, issues: Issues): void => {
  if (!isRecord(output)) return issues.add(path, "a string, or { type: text | json | parts, … }");
  const { type, parts } = output;
  if (type === "text") return isText(output["text"]) ? undefined : issues.add(`${path}.text`, "a string");
  if (type === "json") return isJson(output["value"]) ? undefined : issues.add(`${path}.value`, "JSON");
  if (type !== "parts") return issues.add(`${path}.type`, "text, json or parts");
  if (!Array.isArray(parts)) return issues.add(`${path}.parts`, "a list of parts");
  for (const [index, part] of parts.entries()) {
    validatePart(`${path}.parts[${index}]`, part, RESULT_PARTS, NO_CALLS, issues);
  }
};

const NO_CALLS = new Set<string>();

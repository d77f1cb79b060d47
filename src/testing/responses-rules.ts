import { type Fields, isFields, list, text } from "./dialect.ts";
import {
  fieldSet,
  firstOf,
  formatViolation,
  functionViolation,
  nameViolation,
  partViolation,
  samplingViolation,
  unknownField,
} from "./strict-rules.ts";

/** https://platform.openai.com/docs/api-reference/responses/create */
const FIELDS = fieldSet(`access_programs background context_management conversation image include input instructions
  max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt
  prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream
  stream_options temperature text tool_choice tools top_logprobs top_p truncation user`);
/** Fields of the items that a client writes itself; items of the vendor's own tools come back as they are. */
const ITEMS: Readonly<Record<string, ReadonlySet<string>>> = {
  message: fieldSet("type role content phase id status"),
  reasoning: fieldSet("type id summary content encrypted_content status"),
  function_call: fieldSet("type id call_id name arguments status namespace caller"),
  function_call_output: fieldSet("type id call_id output status name namespace caller"),
  custom_tool_call: fieldSet("type id call_id name input status namespace caller"),
  custom_tool_call_output: fieldSet("type id call_id output status name namespace caller"),
};
const INPUT = fieldSet("input_text input_image input_file");
const OUTPUT = fieldSet("output_text refusal");
const LONGEST_ID = 64;
const LEAST_OUTPUT = 16;

/** Why OpenAI would answer 400 to a request of the Responses API; nothing where it would not. */
export const responsesViolation = (
  body: Fields,
  input: readonly Fields[],
  isOwn: (seal: string) => boolean,
): string | undefined =>
  firstOf([
    () => {
      const unknown = unknownField(body, FIELDS);
      return unknown === undefined ? undefined : `Unknown parameter: '${unknown}'.`;
    },
    () => (input.length === 0 ? "Missing required parameter: 'input'." : undefined),
    () => {
      const most = body["max_output_tokens"];
      if (typeof most !== "number" || most >= LEAST_OUTPUT) return undefined;
      return `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= ${LEAST_OUTPUT}.`;
    },
    () => firstOf(input.map((item, index) => () => itemViolation(item, `input[${index}]`))),
    () => pairsViolation(input),
    () => reasoningViolation(input, isOwn),
    () => samplingViolation(body, isFields(body["reasoning"]) ? body["reasoning"]["effort"] : undefined),
    () => toolsViolation(body),
    () => {
      const told = isFields(body["text"]) && isFields(body["text"]["format"]) ? body["text"]["format"] : {};
      return told["type"] === "json_schema" ? formatViolation(told, "text.format") : undefined;
    },
  ]);

const kindOf = (item: Fields): string => text(item["type"]) || "message";

const itemViolation = (item: Fields, path: string): string | undefined => {
  const kind = kindOf(item);
  const known = ITEMS[kind];
  if (known === undefined) return /^[a-z_]+$/.test(kind) ? undefined : `Invalid value: '${kind}' at '${path}.type'.`;
  const unknown = unknownField(item, known);
  if (unknown !== undefined) return `Unknown parameter: '${path}.${unknown}'.`;
  if (kind === "message") return messageViolation(item, path);
  if (kind === "reasoning") {
    return Array.isArray(item["summary"]) ? undefined : `Missing required parameter: '${path}.summary'.`;
  }
  const id = text(item["call_id"]);
  if (id === "" || id.length > LONGEST_ID) return `Invalid '${path}.call_id': expected 1 to ${LONGEST_ID} characters.`;
  if (kind.endsWith("_output")) return partViolation(item["output"], INPUT, `${path}.output`);
  const said = kind === "function_call" ? "arguments" : "input";
  if (typeof item[said] !== "string") return `Invalid type for '${path}.${said}': expected a string.`;
  return nameViolation(item["name"], `${path}.name`);
};

const messageViolation = ({ role, content }: Fields, path: string): string | undefined => {
  const known = fieldSet("user system developer assistant");
  if (!known.has(text(role))) return `Invalid value: '${text(role)}' at '${path}.role'.`;
  return partViolation(content, role === "assistant" ? OUTPUT : INPUT, `${path}.content`);
};

/** Every call has its output somewhere behind it, and every output its call before it. */
const pairsViolation = (input: readonly Fields[]): string | undefined => {
  const called = new Set<unknown>();
  for (const item of input) {
    const kind = kindOf(item);
    if (kind === "function_call" || kind === "custom_tool_call") called.add(item["call_id"]);
    if (!/^(function|custom_tool)_call_output$/.test(kind) || called.delete(item["call_id"])) continue;
    return `No tool call found for function call output with call_id ${text(item["call_id"])}.`;
  }
  return called.size > 0 ? `No tool output found for function call ${[...called].join(", ")}.` : undefined;
};

/** Reasoning is this vendor's own, and stands before what it led to. */
const reasoningViolation = (input: readonly Fields[], isOwn: (seal: string) => boolean): string | undefined => {
  for (const [index, item] of input.entries()) {
    if (kindOf(item) !== "reasoning") continue;
    const id = text(item["id"]);
    const seal = item["encrypted_content"];
    if (typeof seal !== "string") {
      return `Item with id '${id}' not found. Items are not persisted when 'store' is set to false.`;
    }
    if (!isOwn(seal)) return "The encrypted content could not be verified.";
    const next = input[index + 1];
    const isLed = next !== undefined && /^(reasoning|\w+_call)$/.test(kindOf(next));
    if (isLed || next?.["role"] === "assistant") continue;
    return `Item '${id}' of type 'reasoning' was provided without its required following item.`;
  }
  return undefined;
};

const toolsViolation = (body: Fields): string | undefined => {
  const tools = list(body["tools"]);
  for (const [index, tool] of tools.entries()) {
    if (tool["type"] !== "function") continue;
    // Strict unless it is said not to be.
    const found = functionViolation(tool, tool["strict"] !== false, `tools[${index}]`);
    if (found !== undefined) return found;
  }
  const choice = body["tool_choice"];
  if (tools.length > 0 || choice === undefined || choice === "none" || choice === "auto") return undefined;
  return "Tool choice 'required' must be specified with 'tools' parameter.";
};

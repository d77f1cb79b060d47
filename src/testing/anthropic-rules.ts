import { wrongCaching } from "./anthropic-caching.ts";
import { wrongHistory } from "./anthropic-history.ts";
import { type ModelTraits, traitsOf } from "./anthropic-models.ts";
import { wrongSchema } from "./anthropic-schema.ts";
import { wrongTools } from "./anthropic-tools.ts";
import { type Fields, isFields, list, text, type Wire } from "./dialect.ts";

/** From this version of the API on there are no sampling parameters, not even with their defaults. */
const SAMPLING_ENDED = "2026-10-21";

const SAMPLING = ["temperature", "top_p", "top_k"];
const PROMPT = [
  "model",
  "messages",
  "system",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "cache_control",
  "speed",
];
const CREATED = [
  "max_tokens",
  "stream",
  "stop_sequences",
  "metadata",
  "service_tier",
  "inference_geo",
  "container",
  "diagnostics",
];
/** Taken with an `anthropic-beta` header alone. */
const BETA = ["context_management", "mcp_servers", "fallbacks", "thread", "compaction"];
const EFFORTS = ["low", "medium", "high", "xhigh", "max"];

/** Why the real API would answer 400 to a request for a message; in the order in which it looks. */
export const wrongRequest = (wire: Wire, isOwn: (seal: string) => boolean): string | undefined => {
  const { body } = wire;
  const { max_tokens: limit } = body;
  if (!Number.isInteger(limit)) return "max_tokens: Field required";
  if (Number(limit) < 0) return "max_tokens: Input should be greater than or equal to 0";
  return wrongPrompt(wire, [...PROMPT, ...CREATED], isOwn) ?? wrongSettings(body);
};

/** The same for a count of tokens. */
export const wrongCount = (wire: Wire, isOwn: (seal: string) => boolean): string | undefined =>
  wrongPrompt(wire, PROMPT, isOwn);

const wrongPrompt = (
  { body, headers }: Wire,
  fields: readonly string[],
  isOwn: (seal: string) => boolean,
): string | undefined => {
  const version = text(headers["anthropic-version"]);
  if (version === "") return "anthropic-version: header is required";
  const traits = traitsOf(text(body["model"]));
  const takes = traits.sampling && version < SAMPLING_ENDED ? [...fields, ...SAMPLING] : fields;
  const allowed = headers["anthropic-beta"] === undefined ? takes : [...takes, ...BETA];
  const extra = Object.keys(body).find((key) => !allowed.includes(key));
  if (extra !== undefined) return `${extra}: Extra inputs are not permitted`;
  const thinking = isFields(body["thinking"]) ? text(body["thinking"]["type"]) : "";
  return (
    wrongSystem(body["system"]) ??
    wrongThinking(body, traits) ??
    wrongSampling(body, thinking) ??
    wrongOutput(body, traits) ??
    wrongTools(body) ??
    wrongHistory(list(body["messages"]), { traits, version, thinking, isOwn }) ??
    wrongCaching(body)
  );
};

const wrongSystem = (system: unknown): string | undefined => {
  if (system === undefined || typeof system === "string") return undefined;
  if (!Array.isArray(system)) return "system: Input should be a valid list";
  const place = list(system).findIndex((block) => block["type"] !== "text" || text(block["text"]).trim() === "");
  return place < 0 ? undefined : `system.${place}: text content blocks must contain non-whitespace text`;
};

const wrongThinking = (body: Fields, traits: ModelTraits): string | undefined => {
  const { thinking, max_tokens: limit, tool_choice: choice } = body;
  if (thinking === undefined) return undefined;
  if (!isFields(thinking)) return "thinking: Input should be an object";
  const { type, display, budget_tokens: budget, ...rest } = thinking;
  const kind = text(type);
  if (!traits.thinking.includes(kind)) return `"thinking.type.${kind}" is not supported for this model.`;
  const extra = Object.keys(rest)[0] ?? (kind !== "enabled" && budget !== undefined ? "budget_tokens" : undefined);
  if (extra !== undefined) return `thinking.${kind}.${extra}: Extra inputs are not permitted`;
  if (display !== undefined && (kind === "disabled" || !["summarized", "omitted"].includes(text(display)))) {
    return `thinking.${kind}.display: Input should be 'summarized' or 'omitted'`;
  }
  if (kind === "disabled") return undefined;
  if (kind === "enabled" && !(Number(budget) >= 1_024)) {
    return "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
  }
  if (kind === "enabled" && limit !== undefined && Number(budget) >= Number(limit)) {
    return "`max_tokens` must be greater than `thinking.budget_tokens`";
  }
  const isForced = isFields(choice) && (choice["type"] === "any" || choice["type"] === "tool");
  return isForced ? "Thinking may not be enabled when tool_choice forces tool use." : undefined;
};

const wrongSampling = ({ temperature, top_p }: Fields, thinking: string): string | undefined => {
  if (temperature === undefined) return undefined;
  if (!(Number(temperature) >= 0 && Number(temperature) <= 1)) return "temperature: range: 0..1";
  if (top_p !== undefined) return "`temperature` and `top_p` cannot both be specified for this model.";
  const isThinking = thinking === "enabled" || thinking === "adaptive";
  return isThinking && temperature !== 1 ? "`temperature` may only be set to 1 when thinking is enabled." : undefined;
};

const wrongOutput = (body: Fields, traits: ModelTraits): string | undefined => {
  const { output_config: config, thinking } = body;
  if (config === undefined) return undefined;
  if (!isFields(config)) return "output_config: Input should be an object";
  const { effort, format, ...rest } = config;
  const [extra] = Object.keys(rest);
  if (extra !== undefined) return `output_config.${extra}: Extra inputs are not permitted`;
  if (effort !== undefined && !EFFORTS.includes(text(effort)))
    return "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'";
  const isOff = isFields(thinking) && thinking["type"] === "disabled";
  if (isOff && traits.thinksAtHighEffort && (effort === "xhigh" || effort === "max")) {
    return "thinking.type.disabled is not supported at this effort level.";
  }
  return format === undefined ? undefined : wrongFormat(format, list(body["messages"]));
};

const wrongFormat = (format: unknown, messages: readonly Fields[]): string | undefined => {
  const { type, schema, ...rest } = isFields(format) ? format : {};
  if (type !== "json_schema") return "output_config.format.type: Input should be 'json_schema'";
  const [extra] = Object.keys(rest);
  if (extra !== undefined) return `output_config.format.${extra}: Extra inputs are not permitted`;
  if (
    messages.at(-1)?.["role"] === "assistant" &&
    !list(messages.at(-1)?.["content"]).some(({ type }) => /_tool_(use|result)$/.test(text(type)))
  ) {
    return "Message prefilling is incompatible with output formats.";
  }
  const cites = messages.some(({ content }) => list(content).some(isCited));
  return cites
    ? "Citations cannot be enabled with an output format."
    : wrongSchema(schema, "output_config.format.schema");
};

const isCited = ({ citations }: Fields): boolean => isFields(citations) && citations["enabled"] === true;

/** Settings that say nothing to the model. */
const wrongSettings = ({ stop_sequences, metadata, service_tier }: Fields): string | undefined => {
  const stops = Array.isArray(stop_sequences) ? stop_sequences : [];
  if (stops.some((stop) => text(stop).trim() === ""))
    return "stop_sequences: each stop sequence must contain non-whitespace";
  const { user_id: user, ...rest } = isFields(metadata) ? metadata : {};
  const [extra] = Object.keys(rest);
  if (extra !== undefined) return `metadata.${extra}: Extra inputs are not permitted`;
  if (user !== undefined && (typeof user !== "string" || user.length > 512))
    return "metadata.user_id: String should have at most 512 characters";
  if (service_tier !== undefined && service_tier !== "auto" && service_tier !== "standard_only") {
    return "service_tier: Input should be 'auto' or 'standard_only'";
  }
  return undefined;
};

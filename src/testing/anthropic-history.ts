import { type Reading, wrongBlock } from "./anthropic-blocks.ts";
import { type Fields, list, text } from "./dialect.ts";

/** Blocks of neighbours of one role: the API takes them for one turn. */
interface Turn {
  readonly role: string;
  readonly blocks: Fields[];
}

/** Rules of `messages` that the real API enforces with a 400. */
export const wrongHistory = (messages: readonly Fields[], reading: Reading): string | undefined => {
  if (messages.length === 0) return "messages: at least one message is required";
  if (messages[0]?.["role"] !== "user") return 'messages: first message must use the "user" role';
  return (
    messages.map((message, index) => wrongMessage(message, index, messages, reading)).find(Boolean) ??
    wrongTurns(turnsOf(messages), reading)
  );
};

const blocksOf = ({ content }: Fields): readonly Fields[] =>
  typeof content === "string" ? [{ type: "text", text: content }] : list(content);

const turnsOf = (messages: readonly Fields[]): readonly Turn[] => {
  const turns: Turn[] = [];
  for (const message of messages) {
    const role = text(message["role"]);
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(...blocksOf(message));
    else turns.push({ role, blocks: [...blocksOf(message)] });
  }
  return turns;
};

const ROLES = ["user", "assistant", "system"];

const wrongMessage = (
  message: Fields,
  index: number,
  messages: readonly Fields[],
  reading: Reading,
): string | undefined => {
  const { role, content, ...rest } = message;
  const at = `messages.${index}`;
  if (!ROLES.includes(text(role))) return `${at}.role: Input should be 'user' or 'assistant'`;
  const [extra] = Object.keys(rest);
  if (extra !== undefined) return `${at}.${extra}: Extra inputs are not permitted`;
  if (typeof content !== "string" && !Array.isArray(content)) return `${at}.content: Input should be a valid list`;
  const isLast = index === messages.length - 1;
  if (content.length === 0 && !(isLast && role === "assistant"))
    return `${at}: all messages must have non-empty content`;
  if (role === "system") {
    const wrong = wrongPlace(messages[index - 1], messages[index + 1], reading);
    if (wrong !== undefined) return `${at}: ${wrong}`;
  }
  return blocksOf(message)
    .map((block, place) => wrongBlock(block, text(role), `${at}.content.${place}`, reading))
    .find(Boolean);
};

/** Where a system message may stand (platform.claude.com, "Mid-conversation system messages"). */
const wrongPlace = (before: Fields | undefined, after: Fields | undefined, { traits }: Reading): string | undefined => {
  if (!traits.systemMessages)
    return "role 'system' is not supported on this model; use the top-level `system` parameter";
  const endsInServerTool = before !== undefined && isServers(blocksOf(before).at(-1));
  if (before?.["role"] !== "user" && !endsInServerTool) return "a system message must follow a user message";
  return after === undefined || after["role"] === "assistant"
    ? undefined
    : "a system message must precede an assistant's";
};

const isServers = (block: Fields | undefined): boolean => /_tool_(use|result)$/.test(text(block?.["type"]));

const wrongTurns = (turns: readonly Turn[], reading: Reading): string | undefined => {
  const ids = new Set<unknown>();
  for (const [index, turn] of turns.entries()) {
    const wrong =
      turn.role === "assistant" ? wrongCalls(turn, turns[index + 1], ids) : wrongResults(turn, turns[index - 1]);
    if (wrong !== undefined) return `messages.${index}: ${wrong}`;
  }
  return wrongServerTools(turns) ?? wrongEnd(turns, reading) ?? wrongLoop(turns, reading);
};

const wrongCalls = ({ blocks }: Turn, next: Turn | undefined, ids: Set<unknown>): string | undefined => {
  const answered = new Set(results(next).map((block) => block["tool_use_id"]));
  let called = false;
  for (const { type, id } of blocks) {
    if (called && (type === "thinking" || type === "redacted_thinking")) return "`thinking` blocks must come first";
    if (type !== "tool_use") continue;
    called = true;
    if (ids.has(id)) return "`tool_use` ids must be unique";
    ids.add(id);
    if (!answered.has(id))
      return `\`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${text(id)}`;
  }
  return undefined;
};

/**
 * Tools that the vendor runs: each result has its call before it. A call waits for its result as long as nothing but
 * results of other tools is said to the model, or to the end (platform.claude.com, "Server tools").
 */
const wrongServerTools = (turns: readonly Turn[]): string | undefined => {
  const waiting = new Map<string, string>();
  const seen = new Set<string>();
  for (const [index, { role, blocks }] of turns.entries()) {
    const [open] = waiting;
    if (role !== "assistant" && open !== undefined && blocks.some(({ type }) => type !== "tool_result")) {
      return `messages.${index}: \`${open[1]}\` tool use with id \`${open[0]}\` was found without a corresponding result block`;
    }
    for (const block of blocks.filter(isServers)) {
      const type = text(block["type"]);
      if (type.endsWith("_tool_use")) {
        if (seen.has(text(block["id"]))) return `messages.${index}: \`${type}\` ids must be unique`;
        seen.add(text(block["id"]));
        waiting.set(text(block["id"]), text(block["name"]));
      } else if (!waiting.delete(text(block["tool_use_id"]))) {
        return `messages.${index}: unexpected \`tool_use_id\` found in \`${type}\` blocks. Each must have a corresponding \`server_tool_use\` block before it.`;
      }
    }
  }
  return undefined;
};

const results = (turn: Turn | undefined): readonly Fields[] =>
  turn?.role === "user" ? turn.blocks.filter(({ type }) => type === "tool_result") : [];

const wrongResults = (turn: Turn, before: Turn | undefined): string | undefined => {
  const called = new Set(
    before?.role === "assistant" ? before.blocks.map(({ type, id }) => type === "tool_use" && id) : [],
  );
  for (const result of results(turn)) {
    if (!called.delete(result["tool_use_id"] as string))
      return "unexpected `tool_use_id` found in `tool_result` blocks";
  }
  const first = turn.blocks.findIndex(({ type }) => type !== "tool_result");
  const isFirst = first < 0 || turn.blocks.slice(first).every(({ type }) => type !== "tool_result");
  return isFirst ? undefined : "`tool_result` blocks must come first in their message";
};

const wrongEnd = (turns: readonly Turn[], { traits }: Reading): string | undefined => {
  const last = turns.at(-1);
  if (last?.role !== "assistant") return undefined;
  const said = last.blocks.at(-1);
  if (/\s$/.test(text(said?.["text"]))) return "messages: final assistant content cannot end with trailing whitespace";
  if (traits.prefill || last.blocks.some(isServers)) return undefined;
  return "This model does not support assistant message prefill. The conversation must end with a user message.";
};

/** Where a model thinks by budget, a turn that it goes on with must begin with what it thought. */
const wrongLoop = (turns: readonly Turn[], { thinking }: Reading): string | undefined => {
  const [turn, last] = turns.filter(({ role }) => role !== "system").slice(-2);
  if (thinking !== "enabled") return undefined;
  const gone = results(last).length > 0 ? turn : last?.role === "assistant" ? last : undefined;
  const first = text(gone?.blocks[0]?.["type"]);
  return gone === undefined || first === "thinking" || first === "redacted_thinking"
    ? undefined
    : `messages: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block`;
};

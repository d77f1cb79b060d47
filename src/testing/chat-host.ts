import { messagesViolation } from "./chat-rules.ts";
import {
  bytes,
  type Dialect,
  type Fields,
  type Frame,
  type Invalid,
  isFields,
  type Spoken,
  text,
  type Wire,
  words,
} from "./dialect.ts";
import { chatAsk, chatDialect, frames as plainFrames, whole as plainWhole } from "./openai-chat.ts";
import type { Ask } from "./script.ts";

/**
 * A host that speaks Chat Completions in its own way, as many do: it shows its reasoning, wants it back beside the calls
 * that it led to, knows no role but the oldest, takes the old name of the output limit and fields of its own, and tells its
 * cached tokens by another name.
 */
export const hostDialect: Dialect = { ...chatDialect, read, whole, frames };

function read(wire: Wire): Ask | Invalid {
  const { messages, max_completion_tokens: limit } = wire.body;
  const invalid = messagesViolation(messages);
  if (invalid !== undefined) return { invalid };
  if (limit !== undefined) return { invalid: "Extra inputs are not permitted: max_completion_tokens" };
  const developer = Array.isArray(messages) && messages.some((each) => isFields(each) && each["role"] === "developer");
  return developer ? { invalid: "unknown variant `developer`" } : chatAsk(wire);
}

const usage = ({ tokens }: Spoken): Fields => ({
  prompt_tokens: tokens.input,
  completion_tokens: tokens.output,
  total_tokens: tokens.input + tokens.output,
  completion_tokens_details: { reasoning_tokens: tokens.reasoning },
  prompt_cache_hit_tokens: tokens.cached,
  prompt_cache_miss_tokens: tokens.input - tokens.cached,
});

function whole(spoken: Spoken): Fields {
  const told = plainWhole(spoken);
  const choices = (told["choices"] as readonly Fields[]).map((choice) => ({
    ...choice,
    message: { ...(choice["message"] as Fields), reasoning_content: spoken.reply.reasoning ?? null },
  }));
  return { ...told, choices, usage: usage(spoken) };
}

/** Usage is told in the last event that has a choice, whether it is asked for or not. */
function frames(spoken: Spoken): readonly Frame[] {
  const [head, ...rest] = plainFrames(spoken);
  const data = rest.filter(({ wire }) => !text(wire).includes('"choices":[]'));
  const [stop, done] = data.slice(-2);
  const told = JSON.parse(text(head?.wire).slice("data: ".length)) as Fields;
  const thoughts = words(spoken.reply.reasoning ?? "").map(
    (reasoning_content): Frame => ({
      wire: `data: ${JSON.stringify({ ...told, choices: [{ index: 0, delta: { reasoning_content }, finish_reason: null }] })}\n\n`,
      generated: bytes(reasoning_content),
    }),
  );
  if (head === undefined || stop === undefined || done === undefined) return rest;
  const last = JSON.parse(text(stop.wire).slice("data: ".length)) as Fields;
  const stopped = { wire: `data: ${JSON.stringify({ ...last, usage: usage(spoken) })}\n\n`, generated: 0 };
  return [head, ...thoughts, ...data.slice(0, -2), stopped, done];
}

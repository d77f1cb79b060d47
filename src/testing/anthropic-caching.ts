import { type Fields, isFields, list, text } from "./dialect.ts";

/** A prompt has at most so many breakpoints. */
const MOST = 4;

/** The breakpoints of a prompt, in the order in which it is cached: tools, system, messages. */
export const breakpoints = ({ tools, system, messages }: Fields): readonly Fields[] => {
  const blocks = [...list(tools), ...list(system), ...list(messages).flatMap(({ content }) => list(content))];
  const inner = (block: Fields): readonly Fields[] => [...list(block["content"]), block];
  return blocks.flatMap(inner).flatMap(({ cache_control: mark }) => (isFields(mark) ? [mark] : []));
};

/** Lifetime of what is written, in the vendor's words: the longest that is asked for. */
export const lifetime = (body: Fields): "none" | "5m" | "1h" => {
  const top = body["cache_control"];
  const all = [...breakpoints(body), ...(isFields(top) ? [top] : [])];
  if (all.length === 0) return "none";
  return all.some(({ ttl }) => ttl === "1h") ? "1h" : "5m";
};

const longer = ({ ttl }: Fields): boolean => ttl === "1h";

/** Why breakpoints would be answered with 400. */
export const wrongCaching = (body: Fields): string | undefined => {
  const top = body["cache_control"];
  const marks = breakpoints(body);
  const all = isFields(top) ? [...marks, top] : marks;
  const odd = all.find(({ type, ttl }) => type !== "ephemeral" || !["5m", "1h", undefined].includes(ttl as string));
  if (odd !== undefined) return "cache_control: Input should be { type: 'ephemeral', ttl: '5m' or '1h' }";
  if (all.length > MOST) return `A maximum of 4 blocks with cache_control may be provided. Found ${all.length}.`;
  const short = all.findIndex((mark) => !longer(mark));
  if (short >= 0 && all.slice(short).some(longer)) {
    return "cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block.";
  }
  const last = list(list(body["messages"]).at(-1)?.["content"]).at(-1)?.["cache_control"];
  const clash = isFields(top) && isFields(last) && longer(top) !== longer(last);
  return clash ? `cache_control: the last block has another ttl (${text(last["ttl"])}) than the request` : undefined;
};

/** Answers that no vendor would send, made from answers that one did: seeded, so that a failure can be run again. */
import type { Json } from "headgate/kit";

export type Chance = () => number;

/** Mulberry32. */
export const seeded = (seed: number): Chance => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const below = (chance: Chance, end: number): number => Math.floor(chance() * end);
const oneOf = <T>(chance: Chance, from: readonly T[]): T => from[below(chance, from.length)] as T;

/** Values that stand where others are expected. */
const HOSTILE: readonly Json[] = [
  null,
  true,
  "",
  "0",
  "\u0000\ud800",
  "x".repeat(3_000),
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  -0,
  [],
  [null],
  [[[]]],
  ["a", 1, {}],
  {},
  { length: 3 },
  JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":null}'),
];

type Parent = Record<string, Json> | Json[];

/** Every place in a value, as its parent and key. */
const places = (value: Json, found: [Parent, string | number][] = []): [Parent, string | number][] => {
  if (Array.isArray(value)) {
    value.forEach((each, index) => {
      found.push([value as Json[], index]);
      places(each, found);
    });
  } else if (typeof value === "object" && value !== null) {
    for (const [key, each] of Object.entries(value)) {
      found.push([value as Record<string, Json>, key]);
      places(each, found);
    }
  }
  return found;
};

/** JSON text with a field or two replaced, taken away, renamed, or put where another was. */
export const mutatedJson = (text: string, chance: Chance): string => {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return text;
  }
  for (let count = 1 + below(chance, 2); count > 0; count -= 1) {
    const all = places(value);
    if (all.length === 0) return JSON.stringify(oneOf(chance, HOSTILE));
    const [parent, key] = oneOf(chance, all);
    const [otherParent, otherKey] = oneOf(chance, all);
    const other = (otherParent as Record<string | number, Json>)[otherKey] ?? null;
    const at = parent as Record<string | number, Json | undefined>;
    const how = below(chance, 5);
    if (how === 0) delete at[key];
    else if (how === 1) at[key] = structuredClone(other);
    else if (how === 2 && !Array.isArray(parent)) at[`${key}_`] = at[key];
    else at[key] = structuredClone(oneOf(chance, HOSTILE));
  }
  return JSON.stringify(value);
};

const flipped = (bytes: Buffer, chance: Chance): Buffer => {
  const copy = Buffer.from(bytes);
  for (let count = 1 + below(chance, 12); count > 0 && copy.length > 0; count -= 1) {
    const at = below(chance, copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << below(chance, 8));
  }
  return copy;
};

const known = new WeakMap<Buffer, readonly string[]>();
const eventsOf = (wire: Buffer): string[] => {
  const events = known.get(wire) ?? wire.toString("utf8").split(/(?<=\n\n)/);
  known.set(wire, events);
  return [...events];
};
const joined = (events: readonly string[]): Buffer => Buffer.from(events.join(""));

/** Dropped, doubled, exchanged, put elsewhere, or brought in from another answer. */
const shuffled = (wire: Buffer, other: Buffer, chance: Chance): Buffer => {
  const events = eventsOf(wire);
  for (let count = 1 + below(chance, 4); count > 0; count -= 1) {
    const at = below(chance, events.length);
    const [taken = ""] = events.slice(at, at + 1);
    const how = below(chance, 4);
    if (how === 0) events.splice(at, 1);
    else if (how === 1) events.splice(at, 0, taken);
    else if (how === 2) events.splice(below(chance, events.length), 0, ...events.splice(at, 1));
    else events.splice(at, 0, oneOf(chance, eventsOf(other)));
  }
  return joined(events);
};

const confused = (wire: Buffer, chance: Chance): Buffer => {
  const events = eventsOf(wire);
  for (let count = 1 + below(chance, 3); count > 0; count -= 1) {
    const at = below(chance, events.length);
    events[at] = (events[at] ?? "").replace(
      /^data: (.*)$/m,
      (_line, data: string) => `data: ${mutatedJson(data, chance)}`,
    );
  }
  return joined(events);
};

/** An event whose JSON breaks off, in the middle of an answer. */
const brokenOff = (wire: Buffer, chance: Chance): Buffer => {
  const events = eventsOf(wire);
  const at = below(chance, events.length);
  const event = events[at] ?? "";
  events[at] = `${event.slice(0, below(chance, event.length))}\n\n`;
  return joined(events);
};

/** Lines of SSE that nobody meant, in the vocabulary of real ones. */
const generated = (wire: Buffer, chance: Chance): Buffer => {
  const words = wire.toString("utf8").match(/"[\w.]+"/g) ?? ['"x"'];
  const value = (depth: number): string => {
    const how = below(chance, depth > 4 ? 2 : 5);
    if (how === 0) return oneOf(chance, words);
    if (how === 1) return JSON.stringify(oneOf(chance, HOSTILE));
    const many = Array.from({ length: below(chance, 5) }, () => value(depth + 1));
    return how === 2 ? `[${many.join()}]` : `{${many.map((each) => `${oneOf(chance, words)}:${each}`).join()}}`;
  };
  const line = (): string =>
    oneOf(chance, [
      () => `data: ${value(0)}\n\n`,
      () => `data: ${value(0)}\ndata: ${value(3)}\n\n`,
      () => `event: ${oneOf(chance, words).slice(1, -1)}\ndata: ${value(0)}\r\n\r\n`,
      () => ": ping\n",
      () => `${oneOf(chance, words)}\n\n`,
      () => "\r",
    ])();
  return joined(Array.from({ length: below(chance, 12) }, line));
};

const nested = (chance: Chance): Buffer => Buffer.from(`data: ${"[".repeat(below(chance, 20_000))}\n\n`);

/** A stream to read instead of `wire`. `other`: another of the same vendor. */
export const mutated = (wire: Buffer, other: Buffer, chance: Chance): Buffer => {
  switch (below(chance, 12)) {
    case 0:
    case 1:
      return flipped(wire, chance);
    case 2:
      return wire.subarray(0, below(chance, wire.length));
    case 3:
    case 4:
      return shuffled(wire, other, chance);
    case 5:
      return brokenOff(wire, chance);
    case 6:
      return generated(wire, chance);
    case 7:
      return flipped(shuffled(confused(wire, chance), other, chance), chance);
    case 8:
      return chance() < 0.02 ? nested(chance) : confused(shuffled(wire, other, chance), chance);
    default:
      return confused(wire, chance);
  }
};

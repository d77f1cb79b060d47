import type { CounterState, Quota, Row, RowCounter } from "../../src/quotas/record.ts";
import { counterStateOf } from "../../src/store/redis/quotas.ts";

/** All of a quota's record, rows too, from its hash. */
export const recordOf = (fields: readonly string[]): Quota | undefined => {
  if (fields.length === 0) return undefined;
  const counters: Record<string, CounterState> = {};
  const rows: Record<string, Row> = {};
  let head: readonly number[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    const [field = "", text = ""] = fields.slice(index, index + 2);
    const name = decodeURIComponent(field.slice(2));
    if (field === "q") head = text.split(" ").map(Number);
    else if (field.startsWith("c:")) counters[name] = counterStateOf(text) ?? fail(`${field}: ${text}`);
    else if (field.startsWith("h:")) rows[name] = rowOf(text);
    else fail(field);
  }
  const [version, born = Number.NaN, atMs = Number.NaN, dueMs = Number.NaN, live = Number.NaN] = head;
  if (version !== 1) fail(`version ${version}`);
  return { born, atMs, dueMs, live, counters, rows };
};

/** The sum that a counter keeps of its slots: in the text alone. */
export const sumsOf = (fields: readonly string[]): readonly (readonly [sum: number, slots: number])[] =>
  fields.flatMap((field, index) => {
    if (index % 2 !== 0 || !field.startsWith("c:")) return [];
    const text = fields[index + 1] ?? "";
    const slots = counterStateOf(text)?.slots ?? [];
    return [
      [Number(/^\S+ \S+ \S+ \S+ \S+ \S+ (-?\d+)/.exec(text)?.[1]), slots.reduce((sum, { used }) => sum + used, 0)],
    ];
  });

const rowOf = (text: string): Row => {
  const [head = "", ...parts] = text.split("|");
  const [seq = Number.NaN, expiresAtMs = Number.NaN, expired] = head.split(" ").map(Number);
  const counters: Record<string, RowCounter> = {};
  for (const part of parts) {
    const [mine = "", ...slots] = part.split(";");
    const [name = "", hold, slot] = mine.split(" ");
    const used = slots.map((each) => {
      const [start = Number.NaN, amount = Number.NaN, open = Number.NaN] = each.split(",").map(Number);
      return { slot: start, used: amount, open };
    });
    counters[decodeURIComponent(name)] = { hold: Number(hold), slot: Number(slot), used };
  }
  return { seq, expiresAtMs, expired: expired === 1, counters };
};

const fail = (what: string): never => {
  throw new Error(`not a record: ${what}`);
};

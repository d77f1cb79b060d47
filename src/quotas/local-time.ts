const SECOND_MS = 1_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** What a zone's clocks show, in milliseconds, as if it were UTC. Throws a `RangeError` for a zone that nobody knows. */
export const localMs = (timeZone: string, atMs: number): number => {
  if (timeZone === "UTC") return atMs;
  const fields: Record<string, number> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(atMs)) fields[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (atMs - Math.floor(atMs / SECOND_MS) * SECOND_MS);
};

/** Slow to make, so once a zone. */
const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(timeZone, made);
  return made;
};

/** The server's time in whole epoch milliseconds, as SQL. */
const SERVER = "floor(extract(epoch from clock_timestamp()) * 1000)::bigint";

/** Time as SQL: the server's, or where a test has its own, that. */
export type TimeSql = () => string;

export const timeSqlOf = (now: (() => number) | undefined): TimeSql =>
  now === undefined ? () => SERVER : () => `${Math.floor(now())}::bigint`;

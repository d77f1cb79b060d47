export type { PostgresClient, PostgresPool, PostgresResult } from "./client.ts";
export { type PostgresStore, type PostgresStoreOptions, postgresStore } from "./postgres-store.ts";
export { type PostgresTables, postgresTables } from "./tables.ts";

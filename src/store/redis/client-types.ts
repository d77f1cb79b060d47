/** As much as is used of ioredis (`Redis`, and `Cluster` which has `nodes`). */
export interface IoredisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
  publish(channel: string, message: string): Promise<unknown>;
  subscribe(...channels: string[]): Promise<unknown>;
  unsubscribe(...channels: string[]): Promise<unknown>;
  on(event: "message", heard: (channel: string, message: string) => void): unknown;
  off(event: "message", heard: (channel: string, message: string) => void): unknown;
  duplicate(...args: never[]): unknown;
  disconnect(reconnect?: boolean): void;
}

/** As much as is used of node-redis (`createClient`, `createSentinel`, and `createCluster` which has `nodeClient`). */
export interface NodeRedisClient {
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(source: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  get(key: string): Promise<unknown>;
  publish(channel: string, message: string): Promise<unknown>;
  subscribe(channel: string, heard: (message: string) => unknown): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  withTypeMapping(mapping: Record<number, never>): unknown;
  duplicate(...args: never[]): unknown;
}

/** A client of ioredis 6 or node-redis 6, connected or about to be. */
export type RedisClient = IoredisClient | NodeRedisClient;

const has = (value: unknown, ...methods: readonly string[]): boolean =>
  typeof value === "object" &&
  value !== null &&
  methods.every((method) => typeof (value as Record<string, unknown>)[method] === "function");

export const isIoredis = (client: unknown): client is IoredisClient =>
  has(client, "call", "publish", "subscribe", "unsubscribe", "on", "off", "duplicate", "disconnect", "defineCommand");

export const isNodeRedis = (client: unknown): client is NodeRedisClient =>
  has(client, "evalSha", "eval", "get", "publish", "subscribe", "unsubscribe", "withTypeMapping", "duplicate");

/** Clusters and sentinels open a connection for what they subscribe to by themselves. */
export const subscribesApart = (client: RedisClient): boolean =>
  has(client, "nodes") || has(client, "nodeClient") || has(client, "acquire");

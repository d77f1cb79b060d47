import { Redis, type RedisOptions } from "ioredis";
import { createClient, RESP_TYPES } from "redis";
import type { RedisClient } from "../../src/store/redis/index.ts";

/** A client as an application would have made it. */
export interface Opened {
  readonly client: RedisClient;
  close(): void;
}

const ofIoredis = async (
  path: string,
  options: Omit<RedisOptions, "replyMapping"> & { replyMapping?: "legacy" | "resp3" } = {},
): Promise<Opened> => {
  const client = new Redis(path, options);
  client.on("error", () => {});
  return { client, close: () => client.disconnect() };
};

const ofNodeRedis = async (path: string, options: Parameters<typeof createClient>[0] = {}): Promise<Opened> => {
  const client = createClient({ ...options, socket: { path, tls: false } });
  client.on("error", () => {});
  await client.connect();
  return { client, close: () => client.destroy() };
};

/** Every way in which a client may be made that changes what it sends or answers. */
export const CLIENTS: Readonly<Record<string, (path: string) => Promise<Opened>>> = {
  ioredis: (path) => ofIoredis(path),
  "ioredis with a prefix, RESP 2 and numbers as texts": (path) =>
    ofIoredis(path, { keyPrefix: "app:", protocol: 2, stringNumbers: true, enableAutoPipelining: true }),
  "ioredis with RESP 3 in its own shapes": (path) => ofIoredis(path, { protocol: 3, replyMapping: "resp3" }),
  "node-redis": (path) => ofNodeRedis(path),
  "node-redis with a prefix and RESP 2": (path) => ofNodeRedis(path, { keyPrefix: "app:", RESP: 2 }),
  "node-redis with replies as buffers": async (path) => {
    const client = createClient({ socket: { path, tls: false } });
    client.on("error", () => {});
    await client.connect();
    const mapped = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.NUMBER]: String });
    return { client: mapped, close: () => client.destroy() };
  },
};

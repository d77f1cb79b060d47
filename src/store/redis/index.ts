import { GatewayError, type Store } from "../../contract/index.ts";
import { redisCache } from "./cache.ts";
import { portOf } from "./client.ts";
import type { RedisClient } from "./client-types.ts";
import { redisDocuments } from "./documents.ts";
import { warnOfEviction } from "./eviction.ts";
import { redisQuotas } from "./quotas.ts";
import { redisSignals } from "./signals.ts";

export type { IoredisClient, NodeRedisClient, RedisClient } from "./client-types.ts";

export interface RedisStoreOptions {
  /**
   * Stands before every key and channel: two applications with one Redis each take one of their own.
   * @default "headgate:"
   */
  readonly prefix?: string;
}

/**
 * Shared state in Redis 6.2 or later, or what speaks as it does, over a client of yours: ioredis 6 or node-redis 6, alone, by
 * sentinel or as a cluster. Each command names one key. The client is used as it is and never closed; what listens has a
 * connection of its own, which `close()` ends. Errors of the client are thrown as they are, without passwords.
 *
 * @throws `invalid_request` for a client that is none of these.
 * @example redisStore(new Redis("redis://localhost"), { prefix: "shop:" })
 */
export const redisStore = (client: RedisClient, options: RedisStoreOptions = {}): Store => {
  const { prefix = "headgate:" } = options;
  if (typeof prefix !== "string") throw badPrefix();
  const port = portOf(client);
  const quotas = redisQuotas({ port, prefix, storeName: "redis" });
  const { signals, close } = redisSignals(port, prefix);
  return {
    contract: 1,
    name: "redis",
    shared: true,
    quotas: {
      ...quotas,
      claim(key, counters, claim) {
        const granted = quotas.claim(key, counters, claim);
        void warnOfEviction(client, port, prefix);
        return granted;
      },
    },
    cache: redisCache(port, prefix, Date.now),
    signals,
    documents: redisDocuments(port, prefix),
    async close() {
      close();
    },
  };
};

const badPrefix = (): GatewayError<"invalid_request"> =>
  new GatewayError("invalid_request", "redisStore: prefix: expected a text.", {
    details: { issues: [{ path: "prefix", message: "expected a text" }] },
  });

import { GatewayError } from "../../contract/index.ts";
import { isIoredis, isNodeRedis } from "./client-types.ts";
import { ioredisPort } from "./ioredis-port.ts";
import { nodeRedisPort } from "./node-redis-port.ts";
import type { RedisPort } from "./port.ts";
import { scrubbed } from "./scrubbed.ts";

/** What the store asks of the client that was handed in. `invalid_request` where it is none. */
export const portOf = (client: unknown): RedisPort => {
  if (isIoredis(client)) return quiet(ioredisPort(client));
  if (isNodeRedis(client)) return quiet(nodeRedisPort(client));
  throw notAClient();
};

const quiet = (port: RedisPort): RedisPort => {
  const scrub = <Result>(work: Promise<Result>): Promise<Result> =>
    work.catch((error: unknown) => {
      throw scrubbed(error);
    });
  return {
    ...port,
    evalScript: (script, key, args) => scrub(port.evalScript(script, key, args)),
    get: (key) => scrub(port.get(key)),
    publish: (channel, message) => scrub(port.publish(channel, message)),
  };
};

const EXPECTED =
  "a client of ioredis 6 (new Redis(), new Cluster()) or of node-redis 6 (createClient(), createSentinel(), createCluster()); not a pool, and no legacy client";

const notAClient = (): GatewayError<"invalid_request"> =>
  new GatewayError("invalid_request", `redisStore: client: expected ${EXPECTED}.`, {
    details: { issues: [{ path: "client", message: `expected ${EXPECTED}` }] },
  });

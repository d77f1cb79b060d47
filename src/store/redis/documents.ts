import { randomUUID } from "node:crypto";
import type { DocumentStore } from "../../contract/index.ts";
import type { RedisPort } from "./port.ts";
import { scriptOf } from "./script.ts";

const READ = scriptOf("return redis.call('HMGET', KEYS[1], 'text', 'version')");
const VERSION = scriptOf("return redis.call('HGET', KEYS[1], 'version')");
const WRITE = scriptOf("return redis.call('HSET', KEYS[1], 'text', ARGV[1], 'version', ARGV[2])");

/** Documents in Redis: text and version in one hash, without an end. A version is random, so none comes back. */
export const redisDocuments = (port: RedisPort, prefix: string): DocumentStore => {
  const keyOf = (name: string): string => `${prefix}d:${name}`;
  return {
    async read(name) {
      const [text, version] = (await port.evalScript(READ, keyOf(name), [])) as readonly unknown[];
      return typeof text === "string" && typeof version === "string" ? { text, version } : undefined;
    },
    async version(name) {
      const version = await port.evalScript(VERSION, keyOf(name), []);
      return typeof version === "string" ? version : undefined;
    },
    async write(name, text) {
      const version = randomUUID();
      await port.evalScript(WRITE, keyOf(name), [text, version]);
      return version;
    },
  };
};

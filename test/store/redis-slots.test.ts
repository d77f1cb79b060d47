import { describe, expect, it } from "vitest";
import type { Counter, Store } from "../../src/contract/index.ts";
import { type RedisClient, redisStore } from "../../src/store/redis/index.ts";

/** CRC16 (XMODEM), as the specification of Redis Cluster has it, of a key or of the part in its first braces. */
const slotOf = (key: string): number => {
  const [, tag] = /\{([^}]+)\}/.exec(key) ?? [];
  let crc = 0;
  for (const byte of Buffer.from(tag ?? key, "utf8")) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc % 16_384;
};

/** Takes every command for an ioredis client, and answers as an empty server would. */
const recorder = (): { readonly client: RedisClient; readonly sent: string[][] } => {
  const sent: string[][] = [];
  const nothing = async (): Promise<unknown> => null;
  const client = {
    call: async (...args: string[]) => {
      sent.push(args);
      if (args[0] === "GET" && args[1]?.includes(":c:")) return '[9000000000000000,["x","1"],["y","2"]]\nvalue';
      return args[0] === "EVALSHA" ? ["1", null] : null;
    },
    publish: nothing,
    subscribe: nothing,
    unsubscribe: nothing,
    duplicate: () => client,
    defineCommand: () => {},
    disconnect: () => {},
    on: () => {},
    off: () => {},
  };
  return { client: client as unknown as RedisClient, sent };
};

const COUNTERS: readonly Counter[] = [
  { name: "requests", type: "bucket", cap: 10, perMinute: 60 },
  { name: "parallel", type: "parallel", cap: 5 },
];

const OPERATIONS: Readonly<Record<string, (store: Required<Store>) => Promise<unknown> | undefined>> = {
  "quotas.claim": ({ quotas }) =>
    quotas.claim("tenant {a} b", COUNTERS, {
      holder: "me",
      seq: 1,
      leaseMs: 1,
      validUntilMs: 0,
      nonce: 1,
      known: { born: 0, atMs: 0, counters: [] },
      positions: [],
    }),
  "quotas.read": ({ quotas }) => quotas.read("tenant", COUNTERS),
  "cache.get": ({ cache }) => cache.get("key"),
  "cache.set": ({ cache }) => cache.set("key", "value", { expiresAtMs: Date.now() + 1_000, tags: ["x", "y"] }),
  "cache.delete": ({ cache }) => cache.delete("key"),
  "cache.invalidate": ({ cache }) => cache.invalidate("x"),
  "signals.park": ({ signals }) => signals.park("a", 10),
  "signals.parked": ({ signals }) => signals.parked("a"),
  "signals.lease": ({ signals }) => signals.lease("a", "me", 10),
  "signals.release": ({ signals }) => signals.release("a", "me"),
  "documents.read": ({ documents }) => documents.read("a"),
  "documents.version": ({ documents }) => documents.version("a"),
  "documents.write": ({ documents }) => documents.write("a", "text"),
};

describe("slots of a cluster", () => {
  it("the arithmetic is that of the specification", () => {
    expect(["123456789", "foo", "a{foo}b", "{}x"].map(slotOf)).toEqual([12_739, 12_182, 12_182, slotOf("{}x")]);
  });

  it.each(
    Object.entries(OPERATIONS),
  )("%s: every command names one key, its own, and so one slot (R8)", async (name, operate) => {
    const { client, sent } = recorder();
    await operate(redisStore(client, { prefix: "shop:" }) as Required<Store>);
    expect(sent.length).toBeGreaterThan(0);
    for (const command of sent) {
      const keys = command[0] === "GET" ? command.slice(1) : command.slice(3, 3 + Number(command[2]));
      expect(["GET", "EVALSHA"]).toContain(command[0]);
      expect(new Set(keys.map(slotOf)).size, `${name}: ${command}`).toBe(1);
      expect(keys.every((key) => key.startsWith("shop:"))).toBe(true);
    }
  });

  it("no script makes up the name of a key", async () => {
    const { readdirSync, readFileSync } = await import("node:fs");
    const folder = new URL("../../src/store/redis/", import.meta.url);
    const calls = readdirSync(folder).flatMap((file) =>
      [...readFileSync(new URL(file, folder), "utf8").matchAll(/redis\.call\('(\w+)'(?:, ([\w[\]]+))?/g)].map(
        ([, command, key]) => ({ command, key }),
      ),
    );
    expect(calls.length).toBeGreaterThan(20);
    for (const { command, key } of calls) {
      if (command !== "TIME" && command !== "INFO") expect(["KEY", "KEYS[1]"], command).toContain(key);
    }
  });
});

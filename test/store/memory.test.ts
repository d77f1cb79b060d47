/** The store in this process: its parts are held to their suites in test/testing; here its bounds. */
import { memoryStore } from "headgate";
import { virtualClock } from "headgate/testing";
import { expect, it } from "vitest";
import { claimOf } from "../../src/testing/store-suites/quota-holder.ts";

const HOUR_MS = 3_600_000;

it("every part is there, and it says that it is not shared", () => {
  const store = memoryStore();
  expect([store.contract, store.name, store.shared]).toEqual([1, "memory", false]);
  expect(Object.keys(store).sort()).toEqual(
    ["cache", "contract", "documents", "name", "quotas", "shared", "signals"].sort(),
  );
});

it("the cache keeps what was used last, in as many bytes as it may, and nothing that is larger than all of it", async () => {
  const { cache } = memoryStore({ maxCacheBytes: 100_000 });
  const expiresAtMs = Date.now() + HOUR_MS;
  const value = "x".repeat(1_000);
  await cache.set("used", value, { expiresAtMs, tags: ["all"] });
  for (let index = 0; index < 1_000; index += 1) {
    await cache.set(`${index}`, value, { expiresAtMs, tags: ["all"] });
    await cache.get("used");
  }
  const found = await Promise.all(Array.from({ length: 1_000 }, (_, index) => cache.get(`${index}`)));
  const kept = found.filter((entry) => entry !== undefined).length;
  expect(kept).toBeGreaterThan(30);
  expect(kept).toBeLessThan(50);
  expect(await cache.get("used")).toBeDefined();
  await cache.set("999", "x".repeat(60_000), { expiresAtMs });
  expect(await cache.get("999")).toBeUndefined();
  await cache.invalidate("all");
  expect(await cache.get("used")).toBeUndefined();
});

it("quotas, parks and leases that are over are not kept", async () => {
  const clock = virtualClock();
  const { quotas, signals } = memoryStore({ clock });
  const counters = [{ name: "requests", type: "bucket", cap: 10, perMinute: 60 }] as const;
  for (let index = 0; index < 500; index += 1) await quotas.claim(`${index}`, counters, claimOf(counters, {}));
  await signals.lease("a", "me", 1_000);
  await clock.advance(100 * HOUR_MS);
  for (let index = 0; index < 1_000; index += 1) {
    await quotas.claim("other", counters, claimOf(counters, { seq: index + 1 }));
    await signals.park(`${index}`, 1);
    await clock.advance(2);
  }
  expect(await quotas.read("7", counters)).toBeUndefined();
  expect((await signals.lease("a", "you", 1_000))?.epoch).toBeGreaterThan(1);
});

it.each([0, -1, 1.5, Number.NaN])("a bound of %s is refused", (maxCacheBytes) => {
  expect(() => memoryStore({ maxCacheBytes })).toThrow("Expected `maxCacheBytes` to be an integer from 1 up");
});

/** Which quotas a call is under, and what they are called in a store. */
import fc from "fast-check";
import { GatewayError, type QuotaLevel, type TenantPlan } from "headgate";
import { describe, expect, it } from "vitest";
import { type Asking, levelsOf } from "../../src/quotas/levels-of.ts";
import { storeKey } from "../../src/quotas/store-key.ts";
import type { Snapshot } from "../../src/registry/snapshot.ts";

const limits = (requestsPerMinute: number) => ({ limits: { requestsPerMinute } });

const snapshotOf = (fields: Partial<Snapshot> = {}): Snapshot => ({
  version: "v",
  models: new Map(),
  tasks: new Map(),
  difficulties: new Map(),
  policy: { tieShare: 0.05, unknownTenants: "allow" },
  plans: new Map(),
  tenants: new Map(),
  tags: new Map(),
  ...fields,
});

/** Keys, and how many requests a minute each allows. */
const told = (levels: readonly QuotaLevel[]) =>
  levels.map(({ key, template }) => {
    const [counter] = template.counters.map((each) => each.at(0));
    return [key, counter?.cap];
  });

const full = snapshotOf({
  organization: limits(1_000),
  tags: new Map([
    ["team", { each: limits(300), values: { web: limits(400) } }],
    ["app", { values: { crawler: limits(5) } }],
  ]),
});
const plan: TenantPlan = {
  ...limits(100),
  eachKey: { ...limits(10), budgets: { usdPerDay: 1 }, enforcement: "warn" },
  keys: { mobile: limits(20), open: { limits: {}, budgets: {} } },
};

describe("levels", () => {
  it("are outermost first: the organization, tags by name, the tenant, the key", () => {
    const asking = { tenantId: "acme", keyId: "mobile", tags: { team: "web", app: "crawler", other: "x" } };
    expect(told(levelsOf(asking, plan, full))).toEqual([
      ["organization", 1_000],
      ["tag:app:crawler", 5],
      ["tag:team:web", 400],
      ["tenant:acme", 100],
      ["key:acme:mobile", 20],
    ]);
    expect(levelsOf(asking, plan, full).map(({ scope }) => `${scope.type} ${scope.name}`)).toEqual([
      "organization organization",
      "tag app=crawler",
      "tag team=web",
      "tenant acme",
      "key acme/mobile",
    ]);
  });

  it.each<readonly [string, Asking, TenantPlan | undefined, readonly string[]]>([
    ["no plan", { tenantId: "acme", keyId: "a" }, undefined, ["organization"]],
    ["a plan without limits", { tenantId: "acme" }, { models: ["x"] }, ["organization"]],
    ["a plan whose limits are lifted", { tenantId: "acme" }, { limits: {}, budgets: {} }, ["organization"]],
    ["no key", { tenantId: "acme" }, plan, ["organization", "tenant:acme"]],
    ["a key that is not named", { tenantId: "acme", keyId: "x" }, plan, ["organization", "tenant:acme", "key:acme:x"]],
    ["a key whose limits are lifted", { tenantId: "acme", keyId: "open" }, plan, ["organization", "tenant:acme"]],
    ["a value that is not named", { tenantId: "a", tags: { team: "x" } }, undefined, ["organization", "tag:team:x"]],
    ["a value without limits", { tenantId: "a", tags: { app: "x" } }, undefined, ["organization"]],
    [
      "names that every object has",
      { tenantId: "a", keyId: "toString", tags: { app: "valueOf" } },
      { keys: {} },
      ["organization"],
    ],
  ])("%s", (_what, asking, itsPlan, keys) => {
    expect(levelsOf(asking, itsPlan, full).map(({ key }) => key)).toEqual(keys);
  });

  it("a key's own word replaces what is said of each, field by field", () => {
    const [, key] = levelsOf({ tenantId: "acme", keyId: "mobile" }, plan, snapshotOf());
    expect(key?.template.enforcement).toBe("warn");
    expect(key?.template.counters.map(({ label }) => label)).toEqual(["requests per minute", "USD per day"]);
    const open: TenantPlan = { eachKey: limits(10), keys: { mobile: { limits: { parallelCalls: 2 } } } };
    const [own] = levelsOf({ tenantId: "acme", keyId: "mobile" }, open, snapshotOf());
    expect(own?.template.counters.map(({ label }) => label)).toEqual(["parallel calls"]);
  });

  it("are none where nothing is limited", () => {
    expect(levelsOf({ tenantId: "acme", keyId: "a", tags: { team: "web" } }, {}, snapshotOf())).toEqual([]);
  });

  it("are the same array for the same caller, also where its plan was made anew and says the same", () => {
    const asking = () => ({ tenantId: "acme", keyId: "mobile", tags: { team: "web" } });
    const levels = levelsOf(asking(), plan, full);
    expect(levelsOf(asking(), plan, full)).toBe(levels);
    expect(levelsOf(asking(), structuredClone(plan), full)).toBe(levels);
    expect(levelsOf({ ...asking(), tags: { team: "web", other: "x" } }, plan, full)).toBe(levels);
    expect(levelsOf(asking(), { ...plan, ...limits(101) }, full)).not.toBe(levels);
    expect(told(levelsOf(asking(), { ...plan, ...limits(101) }, full))[2]).toEqual(["tenant:acme", 101]);
    expect(levelsOf(asking(), { ...plan, enforcement: "shadow" }, full)[2]?.template.enforcement).toBe("shadow");
    expect(levelsOf({ ...asking(), tags: { team: "api" } }, plan, full)).not.toBe(levels);
    expect(levelsOf({ ...asking(), tenantId: "other" }, plan, full)).not.toBe(levels);
    expect(levelsOf(asking(), plan, { ...full })).not.toBe(levels);
  });

  it("two callers that could be mistaken for each other are told apart", () => {
    const one = levelsOf({ tenantId: "a", keyId: "1:b" }, plan, full);
    const other = levelsOf({ tenantId: "a1:", keyId: "b" }, plan, full);
    expect(one.map(({ key }) => key)).toEqual(["organization", "tenant:a", "key:a:1%003ab"]);
    expect(other.map(({ key }) => key)).toEqual(["organization", "tenant:a1%003a", "key:a1%003a:b"]);
  });

  it("tenants on a plan share its template, and not its quota", () => {
    const [one] = levelsOf({ tenantId: "a" }, plan, snapshotOf());
    const [other] = levelsOf({ tenantId: "b" }, plan, snapshotOf());
    expect(one?.template).toBe(other?.template);
    expect(one?.key).not.toBe(other?.key);
  });
});

describe("a plan of the application's own, which nobody has checked", () => {
  it.each<readonly [string, object, string]>([
    ["a rate that is no number", { limits: { requestsPerMinute: Number.NaN } }, "requests per minute"],
    ["a rate in words", { limits: { tokensPerMinute: "60" } }, "tokens per minute"],
    ["a rate of 0", { limits: { requestsPerMinute: 0 } }, "requests per minute"],
    ["half a call", { limits: { parallelCalls: 0.5 } }, "parallel calls"],
    ["a rate beyond what is counted", { limits: { tokensPerMinute: 1e12 } }, "tokens per minute"],
    ["a budget that is no number", { budgets: { usdPerDay: Number.NaN } }, "USD per day"],
    ["a budget in words", { budgets: { usdPerDay: "$5" } }, "USD per day"],
    ["a negative budget", { budgets: { usdPerHour: -1 } }, "USD per hour"],
    ["a budget without end", { budgets: { usdPerWeek: Number.POSITIVE_INFINITY } }, "USD per week"],
    ["a zone that nobody knows", { budgets: { usdPerDay: 1, timeZone: "Mars/Olympus" } }, "USD per day"],
    ["a key's rate", { eachKey: { limits: { requestsPerMinute: -1 } } }, "requests per minute"],
  ])("%s", (_what, own, label) => {
    const refused = (): unknown => {
      try {
        return levelsOf({ tenantId: "acme", keyId: "a" }, own as TenantPlan, snapshotOf());
      } catch (error) {
        return error;
      }
    };
    // The second time as the first: what is refused is not remembered as taken.
    for (const error of [refused(), refused()]) {
      if (!GatewayError.is(error, "registry_invalid")) throw new Error("was let in");
      expect(error.message).toBe(`The limits of the tenant "acme" cannot be kept: ${label}.`);
      expect(error.details.issues).toMatchObject([{ path: 'tenants("acme")' }]);
    }
  });
});

describe("keys that are refused", () => {
  const closed: TenantPlan = { unknownKeys: "refuse", keys: { mobile: {}, "secret-name": {} } };

  it.each([
    ["one that is not named", "x", 'The key "x" is not known, and the tenant "acme" takes only those that are.'],
    ["none", undefined, 'The call names no key, and the tenant "acme" takes only those that are.'],
    ["a name that every object has", "toString", /"toString" is not known/],
  ])("%s", (_what, keyId, message) => {
    const error = (() => {
      try {
        return levelsOf({ tenantId: "acme", keyId }, closed, snapshotOf());
      } catch (error) {
        return error;
      }
    })();
    if (!GatewayError.is(error, "unauthenticated")) throw new Error("was let in");
    expect(error.message).toMatch(message);
    expect(JSON.stringify(error)).not.toContain("secret-name");
  });

  it("one that is named is taken, under no limit of its own", () => {
    expect(levelsOf({ tenantId: "acme", keyId: "mobile" }, closed, snapshotOf())).toEqual([]);
  });
});

describe("a key in the store", () => {
  const name = fc.oneof(
    fc.string({ unit: fc.constantFrom(":", "%", "0", "3", "a", "\0", "\ud800", "\udc00", "é", "e\u0301") }),
    fc.string({ unit: "binary" }),
  );
  const names = fc.array(name, { minLength: 0, maxLength: 3 });
  const type = fc.constantFrom("organization", "tag", "tenant", "key");

  it("no two scopes have the same", () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(type, names, (type, names) => {
        const key = storeKey(type, ...names);
        const scope = JSON.stringify([type, ...names]);
        expect(seen.get(key) ?? scope).toBe(scope);
        seen.set(key, scope);
      }),
      { numRuns: 20_000 },
    );
    expect(seen.size).toBeGreaterThan(10_000);
  });

  it.each([
    [
      ["a:b", "c"],
      ["a", "b:c"],
    ],
    [
      ["a", "", "b"],
      ["a", "b"],
    ],
    [["a%003a"], ["a:"]],
    [["\ud800"], ["\udc00"]],
    [["é"], ["e\u0301"]],
  ])("%j is not %j, nor after a store has written both as UTF-8", (one, other) => {
    const bytes = (names: readonly string[]) => Buffer.from(storeKey("key", ...names)).toString("hex");
    expect(bytes(one)).not.toBe(bytes(other));
  });

  it("is a text that every store can hold, and leaves letters of all scripts as they are", () => {
    fc.assert(
      fc.property(names, (names) => {
        const key = storeKey("tenant", ...names);
        expect(key.isWellFormed()).toBe(true);
        expect(key).not.toContain("\0");
      }),
    );
    expect(storeKey("key", "東京", "zürich 🚀 {a}")).toBe("key:東京:zürich 🚀 {a}");
  });
});

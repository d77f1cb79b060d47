/** Limits, budgets and target quotas in a registry: what is refused, what is joined, and what a call then may ask for. */
import { createGateway, GatewayError, type RegistryFile } from "headgate";
import { fakeProvider } from "headgate/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { check } from "../../src/registry/check.ts";
import { load, refused } from "./support.ts";

beforeEach(() => void vi.spyOn(process, "emitWarning").mockImplementation(() => {}));
afterEach(() => void vi.restoreAllMocks());

type Broken = readonly (readonly [what: string, yaml: string, path: string, says: RegExp])[];

/** Within `limits`. */
const LIMITS: Broken = [
  ["a negative rate", "requestsPerMinute: -1", "requestsPerMinute", />=1/],
  ["a rate of 0", "requestsPerMinute: 0", "requestsPerMinute", />=1/],
  ["half a request", "requestsPerMinute: 1.5", "requestsPerMinute", /expected int/],
  ["a rate that is no number", "requestsPerMinute: .nan", "requestsPerMinute", /expected number/],
  ["a rate without end", "requestsPerMinute: .inf", "requestsPerMinute", /expected number/],
  ["a rate in words", 'requestsPerMinute: "60"', "requestsPerMinute", /expected number/],
  ["nothing for a rate", "requestsPerMinute: ~", "requestsPerMinute", /expected number/],
  ["more requests than anybody has", "requestsPerMinute: 1000000001", "requestsPerMinute", /<=1000000000/],
  ["more tokens than anybody has", "tokensPerMinute: 100000000001", "tokensPerMinute", /<=100000000000/],
  ["half a token", "inputTokensPerMinute: 0.5", "inputTokensPerMinute", /expected int/],
  ["no output at all", "outputTokensPerMinute: 0", "outputTokensPerMinute", />=1/],
  ["no calls a day", "requestsPerDay: 0", "requestsPerDay", />=1/],
  ["no calls at once", "parallelCalls: 0", "parallelCalls", />=1/],
  ["a burst below 1", "{ requestsPerMinute: 5, requestsBurst: 0 }", "requestsBurst", />=1/],
  ["a burst of tokens below 1", "{ tokensPerMinute: 5, tokensBurst: 0.5 }", "tokensBurst", /expected int/],
  ["a burst of nothing", "requestsBurst: 5", "requestsBurst", /expected requestsPerMinute beside it/],
  [
    "a burst of tokens that are not limited",
    "{ requestsPerMinute: 5, tokensBurst: 5 }",
    "tokensBurst",
    /expected a limit of tokens a minute beside it/,
  ],
  [
    "a burst beside strict",
    "{ requestsPerMinute: 5, requestsBurst: 5, strict: true }",
    "requestsBurst",
    /no burst beside strict/,
  ],
  [
    "a burst of tokens beside strict",
    "{ tokensPerMinute: 5, tokensBurst: 5, strict: true }",
    "tokensBurst",
    /no burst beside strict/,
  ],
  ["strict in words", "strict: yes please", "strict", /expected boolean/],
  ["a zone that nobody knows", "timeZone: Europe/Roma", "timeZone", /expected a time zone such as Europe\/Rome/],
  ["an empty zone", 'timeZone: ""', "timeZone", /expected a time zone/],
  ["a misspelt key", "requestPerMinute: 5", "requestPerMinute", /did you mean "requestsPerMinute"\?/],
];

/** Within `budgets`. */
const BUDGETS: Broken = [
  ["a negative budget", "usdPerDay: -0.01", "usdPerDay", />=0/],
  ["a budget that is no number", "usdPerDay: .nan", "usdPerDay", /expected number/],
  ["a budget without end", "usdPerHour: .inf", "usdPerHour", /expected number/],
  ["a budget in words", "usdPerDay: $5", "usdPerDay", /expected number/],
  ["less than a nano-dollar", "usdPerDay: 0.1234567891", "usdPerDay", /at most nine decimals/],
  ["much less than one", "usdPerDay: 1e-10", "usdPerDay", /at most nine decimals/],
  ["more than can be counted", "usdPerMonth: 9000000.01", "usdPerMonth", /<=9000000/],
  ["a zone that nobody knows", "{ usdPerDay: 1, timeZone: Mars/Olympus }", "timeZone", /expected a time zone/],
  ["an alert at nothing", "{ usdPerDay: 1, alerts: [0] }", "alerts[0]", />0/],
  ["an alert beyond the end", "{ usdPerDay: 1, alerts: [0.5, 1.1] }", "alerts[1]", /<=1/],
  ["alerts that are no list", "{ usdPerDay: 1, alerts: 0.8 }", "alerts", /expected array/],
  ["a misspelt key", "usdPerYear: 5", "usdPerYear", /unknown key/],
  ["a rate among the money", "requestsPerMinute: 5", "requestsPerMinute", /unknown key/],
];

/** Within a plan. */
const PLAN: Broken = [
  ["an enforcement that is none", "enforcement: strict", "enforcement", /"enforce"\|"warn"\|"shadow"/],
  ["a rate beside the limits", "requestsPerMinute: 5", "requestsPerMinute", /unknown key/],
  ["a misspelt section", "limit: {}", "limit", /did you mean "limits"\?/],
  [
    "another word for what is over",
    "whenOver: wait",
    "whenOver",
    /expected reject, or queue: \{ maxCalls, maxWaitMs \}/,
  ],
  ["a list of it", "whenOver: [reject]", "whenOver", /expected reject, or queue/],
  ["a queue of nobody", "whenOver: { queue: { maxCalls: 0 } }", "whenOver.queue.maxCalls", />=1/],
  [
    "a wait beyond what a timer takes",
    "whenOver: { queue: { maxWaitMs: 1e10 } }",
    "whenOver.queue.maxWaitMs",
    /<=2147483647/,
  ],
  ["a queue without its braces", "whenOver: { queue: true }", "whenOver.queue", /expected object/],
  [
    "a misspelt key of a queue",
    "whenOver: { queue: { maxCals: 1 } }",
    "whenOver.queue.maxCals",
    /did you mean "maxCalls"/,
  ],
  ["a misspelt queue", "whenOver: { queue: {}, queu: {} }", "whenOver.queu", /did you mean "queue"/],
  ["a plan of a key", "keys: { mobile: { plan: gold } }", "keys.mobile.plan", /unknown key/],
  [
    "a key's negative rate",
    "keys: { mobile: { limits: { parallelCalls: -1 } } }",
    "keys.mobile.limits.parallelCalls",
    />=1/,
  ],
  ["a key without a name", 'keys: { "": {} }', "keys.", /expected a name as the key/],
  ["a misspelt key of each", "eachKey: { limts: {} }", "eachKey.limts", /did you mean "limits"/],
  ["unknown keys that are neither", "unknownKeys: deny", "unknownKeys", /"allow"\|"refuse"/],
];

/** The whole registry. */
const WHOLE: Broken = [
  ["an organization's misspelt key", "organization: { budget: {} }", "organization.budget", /did you mean "budgets"/],
  ["an organization's queue", "organization: { whenOver: reject }", "organization.whenOver", /unknown key/],
  ["a tag without a name", 'tags: { "": {} }', "tags.", /expected a name as the key/],
  [
    "a value without a name",
    'tags: { team: { values: { "": {} } } }',
    "tags.team.values.",
    /expected a name as the key/,
  ],
  ["a value among the sections of a tag", "tags: { team: { web: {} } }", "tags.team.web", /unknown key/],
  ["a misspelt section of a tag", "tags: { team: { value: {} } }", "tags.team.value", /did you mean "values"/],
  [
    "a value's rate",
    "tags: { team: { values: { web: { limits: { requestsPerMinute: 0 } } } } }",
    "tags.team.values.web.limits.requestsPerMinute",
    />=1/,
  ],
  [
    "each value's rate",
    "tags: { team: { each: { limits: { tokensPerMinute: 0 } } } }",
    "tags.team.each.limits.tokensPerMinute",
    />=1/,
  ],
  [
    "a tenant that refuses every key",
    "tenants: { acme: { unknownKeys: refuse } }",
    "tenants.acme.unknownKeys",
    /refuses every call: keys that are not named are refused, and keys names none/,
  ],
  [
    "a tenant whose plan refuses every key",
    "plans: { closed: { unknownKeys: refuse } }\ntenants: { acme: { plan: closed } }",
    "tenants.acme.plan",
    /refuses every call/,
  ],
  [
    "a tenant whose keys replace those of its plan",
    "plans: { closed: { unknownKeys: refuse, keys: { a: {} } } }\ntenants: { acme: { plan: closed, keys: {} } }",
    "tenants.acme.plan",
    /refuses every call/,
  ],
];

/** Within a model. */
const MODEL: Broken = [
  [
    "a strict quota: vendors have buckets",
    "quota: { requestsPerMinute: 5, strict: true }",
    "quota.strict",
    /unknown key/,
  ],
  ["a quota's rate", "quota: { requestsPerMinute: 0 }", "quota.requestsPerMinute", />=1/],
  ["a quota's burst of nothing", "quota: { tokensBurst: 5 }", "quota.tokensBurst", /expected a limit of tokens/],
  ["a pool without a name", 'quota: { pool: "" }', "quota.pool", />=1/],
  ["cache reads that are half counted", "quota: { cacheReads: half }", "quota.cacheReads", /"counted"\|"free"/],
  ["money, which is no vendor's quota", "quota: { usdPerDay: 5 }", "quota.usdPerDay", /unknown key/],
  ["a misspelt key", "quota: { requestsPerMinut: 5 }", "quota.requestsPerMinut", /did you mean "requestsPerMinute"/],
];

const FAST = "models:\n  fast:\n    provider: fake\n";
const inside = (yaml: string): string => (yaml.startsWith("{") ? yaml : `{ ${yaml} }`);

describe("what is refused", () => {
  const tell = async (text: string, path: string, says: RegExp, line: number): Promise<void> => {
    const { details } = await load(text);
    expect(details.issues).toMatchObject([{ path, message: expect.stringMatching(says), line }]);
  };

  it.each(LIMITS)("limits: %s", async (_what, yaml, path, says) => {
    await tell(`${FAST}plans:\n  free:\n    limits: ${inside(yaml)}\n`, `plans.free.limits.${path}`, says, 6);
    await tell(`${FAST}organization:\n  limits: ${inside(yaml)}\n`, `organization.limits.${path}`, says, 5);
  });

  it.each(BUDGETS)("budgets: %s", async (_what, yaml, path, says) => {
    await tell(`${FAST}tenants:\n  acme:\n    budgets: ${inside(yaml)}\n`, `tenants.acme.budgets.${path}`, says, 6);
  });

  it.each(PLAN)("a plan: %s", async (_what, yaml, path, says) => {
    await tell(`${FAST}plans:\n  free: { ${yaml} }\n`, `plans.free.${path}`, says, 5);
  });

  it.each(MODEL)("a model: %s", async (_what, yaml, path, says) => {
    await tell(`${FAST}    ${yaml}\n`, `models.fast.${path}`, says, 4);
  });

  it.each(WHOLE)("%s", async (_what, yaml, path, says) => {
    await tell(`${FAST}${yaml}\n`, path, says, yaml.includes("\n") ? 5 : 4);
  });

  it("data is refused as texts are, and no figure is told", async () => {
    const budgets = { usdPerDay: 123.45678901234 };
    const { details, message } = await refused({
      data: { models: { fast: { provider: "fake" } }, organization: { budgets } },
    });
    expect(details.issues).toMatchObject([{ path: "organization.budgets.usdPerDay" }]);
    expect(message).not.toContain("123.4");
  });
});

describe("a pool", () => {
  const registry = (one: string, other: string, provider = "fake"): string =>
    `models:\n  a: { provider: fake, quota: { ${one} } }\n  b: { provider: ${provider}, quota: { ${other} } }\n`;
  const ok = async (text: string) => expect(load(text)).rejects.toThrow("was let in");

  it.each([
    [
      "another provider's",
      "pool: p",
      "pool: p",
      "other",
      "models.b.quota.pool",
      /"p" is shared with "a", which is of another provider/,
    ],
    [
      "one that says other figures",
      "pool: p, requestsPerMinute: 5",
      "pool: p, requestsPerMinute: 6",
      "fake",
      "models.b.quota",
      /expected the same limits as "a", which shares the pool "p"/,
    ],
    ["one that says fewer", "pool: p, requestsPerMinute: 5", "pool: p", "fake", "models.b.quota", /same limits as "a"/],
  ])("cannot be shared with %s", async (_what, one, other, provider, path, says) => {
    const { details } = await load(registry(one, other, provider));
    const issue = details.issues.find((each) => each.path === path);
    expect(issue).toMatchObject({ message: expect.stringMatching(says), line: 3 });
  });

  it("is shared by models of a provider that say the same, in any order", async () => {
    await ok(
      registry("pool: p, requestsPerMinute: 5, parallelCalls: 2", "parallelCalls: 2, requestsPerMinute: 5, pool: p"),
    );
    await ok(registry("pool: p, cacheReads: free", "pool: p"));
    await ok(registry("pool: p, requestsPerMinute: 5", "pool: q, requestsPerMinute: 6"));
    await ok(registry("requestsPerMinute: 5", "requestsPerMinute: 6"));
  });
});

const models = { fast: { provider: "fake", cost: { input: 1, output: 1 } }, dear: { provider: "fake" } };
const snapshot = async (registry: RegistryFile) => check({ data: registry, locate: () => ({}) }, "test", ["fake"]);

describe("what is taken", () => {
  it.each<readonly [string, Partial<RegistryFile>]>([
    [
      "nothing but empty entries",
      { organization: {}, tags: { team: {} }, plans: { free: { limits: {}, budgets: {} } } },
    ],
    ["a budget of 0, which closes", { tenants: { acme: { budgets: { usdPerDay: 0 } } } }],
    [
      "nine decimals, and nine million",
      { organization: { budgets: { usdPerDay: 0.123456789, usdPerMonth: 9_000_000 } } },
    ],
    ["the last nano-dollar of many", { organization: { budgets: { usdPerDay: 8_999_999.999999998 } } }],
    ["the highest rates", { organization: { limits: { requestsPerMinute: 1e9, tokensPerMinute: 1e11 } } }],
    [
      "a plan that refuses keys which its tenants name",
      {
        plans: { closed: { unknownKeys: "refuse" } },
        tenants: { acme: { plan: "closed", keys: { mobile: {} } } },
      },
    ],
    [
      "a tenant called as what every object has",
      { tenants: { toString: { keys: { valueOf: {} }, unknownKeys: "refuse" as const } } },
    ],
    ["a queue with nothing said", { plans: { free: { whenOver: { queue: {} } } } }],
    ["no alerts at all", { organization: { budgets: { usdPerDay: 1, alerts: [] } } }],
    ["zones with half hours", { organization: { budgets: { usdPerDay: 1, timeZone: "Australia/Lord_Howe" } } }],
  ])("%s", async (_what, registry) => {
    await createGateway({ providers: [fakeProvider()], registry: { models, ...registry } }).ready();
  });

  it("stands in the snapshot, frozen, and in its version", async () => {
    const quota = { requestsPerMinute: 5, pool: "p" };
    const registry: RegistryFile = {
      models: { ...models, dear: { provider: "fake", quota } },
      organization: { budgets: { usdPerDay: 100 } },
      tags: { team: { each: { limits: { requestsPerMinute: 5 } } } },
    };
    const { version, organization, tags, models: found } = await snapshot(registry);
    expect(organization).toEqual(registry.organization);
    expect(tags.get("team")).toEqual(registry.tags?.["team"]);
    expect(found.get("dear")?.quota).toEqual(quota);
    expect(found.get("fast")).not.toHaveProperty("quota");
    for (const part of [organization?.budgets, tags.get("team")?.each?.limits, found.get("dear")?.quota]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect((await snapshot({ ...registry, organization: { budgets: { usdPerDay: 101 } } })).version).not.toBe(version);
  });

  it("of a tenant and its plan is joined field by field, each whole", async () => {
    const { tenants } = await snapshot({
      models,
      plans: {
        free: {
          limits: { requestsPerMinute: 5, parallelCalls: 1 },
          budgets: { usdPerDay: 1 },
          enforcement: "warn",
          whenOver: { queue: { maxCalls: 5 } },
          eachKey: { limits: { requestsPerMinute: 1 } },
          keys: { mobile: {} },
        },
      },
      tenants: {
        acme: { plan: "free", limits: { requestsPerMinute: 50 }, keys: { web: {} } },
        open: { plan: "free", limits: {}, whenOver: "reject" },
      },
    });
    expect(tenants.get("acme")).toEqual({
      limits: { requestsPerMinute: 50 },
      budgets: { usdPerDay: 1 },
      enforcement: "warn",
      whenOver: { queue: { maxCalls: 5 } },
      eachKey: { limits: { requestsPerMinute: 1 } },
      keys: { web: {} },
    });
    expect(tenants.get("open")).toMatchObject({ limits: {}, whenOver: "reject", budgets: { usdPerDay: 1 } });
  });
});

describe("a price that is unknown, under a budget", () => {
  const usd = { budgets: { usdPerDay: 1 } };
  type Asked = { readonly keyId?: string; readonly tags?: Readonly<Record<string, string>> };
  const explained = async (registry: Partial<RegistryFile>, asked: Asked) => {
    const gateway = createGateway({ providers: [fakeProvider()], registry: { models, ...registry } });
    const { eligible, rejected } = await gateway.explain({ tenant: "acme", prompt: "x", ...asked });
    return { eligible: eligible.map(({ model }) => model), rejected };
  };
  const REJECTED = [{ model: "dear", reason: "too_expensive", detail: "its price is unknown, and a budget applies" }];

  it.each<readonly [string, Partial<RegistryFile>, Asked]>([
    ["the organization's", { organization: usd }, {}],
    ["a tag's", { tags: { team: { each: usd } } }, { tags: { team: "web" } }],
    ["the tenant's", { tenants: { acme: usd } }, {}],
    ["its plan's", { plans: { free: usd }, policy: { plan: "free" } }, {}],
    ["a key's", { tenants: { acme: { eachKey: usd } } }, { keyId: "mobile" }],
    ["one of 0", { tenants: { acme: { budgets: { usdPerWeek: 0 } } } }, {}],
    ["one that rolls", { tenants: { acme: { budgets: { usdPerMonth: 5, rolling: true } } } }, {}],
  ])("is rejected: %s", async (_what, registry, asked) => {
    expect(await explained(registry, asked)).toEqual({ eligible: ["fast"], rejected: REJECTED });
  });

  it.each<readonly [string, Partial<RegistryFile>, Asked]>([
    ["no budget", { organization: { limits: { requestsPerMinute: 5 } } }, {}],
    ["one that only warns", { organization: { ...usd, enforcement: "warn" } }, {}],
    ["one in the shadow", { tenants: { acme: { ...usd, enforcement: "shadow" } } }, {}],
    ["another tag's", { tags: { team: { values: { api: usd } } } }, { tags: { team: "web" } }],
    ["another tenant's", { tenants: { other: usd } }, {}],
    ["a key's, of a call without one", { tenants: { acme: { eachKey: usd } } }, {}],
  ])("comes last as ever under %s", async (_what, registry, asked) => {
    expect(await explained(registry, asked)).toEqual({ eligible: ["fast", "dear"], rejected: [] });
  });

  it("the call's own limit is told first, and a price that is known is not judged by a budget here", async () => {
    const gateway = createGateway({ providers: [fakeProvider()], registry: { models, organization: usd } });
    const { rejected } = await gateway.explain({ prompt: "x", maxCostUsd: 1 });
    expect(rejected).toMatchObject([{ model: "dear", detail: "its price is unknown, at most $1" }]);
    const { rejected: dear } = await gateway.explain({ prompt: "x", maxCostUsd: 1e-9 });
    expect(dear.map(({ model }) => model).sort()).toEqual(["dear", "fast"]);
  });

  it("where it is the only one, the call has no route and says why", async () => {
    const gateway = createGateway({
      providers: [fakeProvider()],
      registry: { models: { dear: models.dear }, organization: usd },
    });
    const error = await gateway.complete({ prompt: "x" }).catch((error: unknown) => error);
    if (!GatewayError.is(error, "no_route")) throw error;
    expect(error.message).toContain("its price is unknown, and a budget applies");
  });
});

it("a key that is refused is `unauthenticated`, before anything is sent", async () => {
  const tenants: RegistryFile["tenants"] = { acme: { unknownKeys: "refuse", keys: { mobile: {} } } };
  const gateway = createGateway({ providers: [fakeProvider()], registry: { models, tenants } });
  for (const asked of [{ keyId: "x" }, {}]) {
    const error = await gateway.complete({ tenant: "acme", prompt: "x", ...asked }).catch((error: unknown) => error);
    if (!GatewayError.is(error, "unauthenticated")) throw error;
    expect(error).toMatchObject({ kind: "caller", status: 401, retryable: false, attempts: [] });
  }
  expect((await gateway.complete({ tenant: "acme", keyId: "mobile", prompt: "x" })).model).toBe("fast");
  expect((await gateway.complete({ tenant: "other", prompt: "x" })).model).toBe("fast");
});

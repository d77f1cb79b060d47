/** `gateway.reload()`: looks now, whoever else looks. */
import { createGateway, type Gateway, GatewayError, type GatewayEvents, type RegistrySource } from "headgate";
import { fakeProvider } from "headgate/testing";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

beforeEach(() => void vi.spyOn(process, "emitWarning").mockImplementation(() => {}));
afterEach(() => void vi.restoreAllMocks());

const yaml = (model: string): string => `models: { ${model}: { provider: fake } }\n`;

/** A source that cannot be watched, and what it holds. Each load waits for `gate`. */
const stage = (text: string) => {
  const place = { text, loads: 0, gate: Promise.resolve() };
  const source: RegistrySource = {
    contract: 1,
    name: "the place",
    async load() {
      place.loads += 1;
      const { text: now, gate } = place;
      await gate;
      if (now === "") throw new Error("away");
      return { text: now, format: "yaml" };
    },
  };
  const gateway = createGateway({ providers: [fakeProvider()], registry: source }) as unknown as Gateway;
  const changes: GatewayEvents["registry"][] = [];
  gateway.on("registry", (change) => changes.push(change));
  return { place, gateway, changes, answers: async () => (await gateway.complete({ prompt: "x" })).model };
};

it("takes what is there now, and resolves when it is in force", async () => {
  const { place, gateway, changes, answers } = stage(yaml("one"));
  expect(await answers()).toBe("one");
  place.text = yaml("two");
  expect(await answers()).toBe("one");
  await gateway.for({ tenant: "any" }).reload();
  expect(await answers()).toBe("two");
  await gateway.reload();
  expect(changes.map(({ state }) => state)).toEqual(["loaded", "reloaded"]);
});

it("rejects with what is wrong, each time; the last good one stays in force", async () => {
  const { place, gateway, changes, answers } = stage(yaml("one"));
  await gateway.ready();
  for (place.text of ["models: [", "models: [", "", yaml("one").replace("fake", "fakke")]) {
    const error = await gateway.reload().catch((error: unknown) => error);
    expect(GatewayError.is(error, "registry_invalid")).toBe(true);
    expect(await answers()).toBe("one");
  }
  place.text = yaml("one");
  await gateway.reload();
  expect(changes.map(({ state }) => state)).toEqual(["loaded", "rejected", "rejected", "rejected", "reloaded"]);
});

it("as the first word, it loads; a bad first one rejects as any call would", async () => {
  const good = stage(yaml("one"));
  await good.gateway.reload();
  expect(good.place.loads).toBe(1);
  const bad = stage("models: [");
  await expect(bad.gateway.reload()).rejects.toMatchObject({ code: "registry_invalid" });
});

it("what is being read may be older than the wish: it is read again", async () => {
  const { place, gateway, answers } = stage(yaml("one"));
  await gateway.ready();
  let open = (): void => {};
  place.gate = new Promise((resolve) => {
    open = resolve;
  });
  const first = gateway.reload();
  await new Promise((resolve) => setImmediate(resolve));
  place.text = yaml("two");
  const second = gateway.reload();
  open();
  await Promise.all([first, second]);
  expect(await answers()).toBe("two");
});

it("of a closed gateway is refused", async () => {
  const { gateway } = stage(yaml("one"));
  await gateway.close();
  await expect(gateway.reload()).rejects.toMatchObject({ code: "closed" });
});

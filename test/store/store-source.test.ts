/** A registry that lives in the store: what every source must do, over each kind of store; and who may write it. */
import { createGateway, fromKeyValue, GatewayError, type KeyValue, memoryStore, storeSource } from "headgate";
import { postgresStore } from "headgate/postgres";
import { fakeProvider, registrySourceSuite, type SourceStage, virtualClock } from "headgate/testing";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noPostgres, type PostgresServer, startPostgres } from "./postgres-server.ts";

const memory = async (text: string): Promise<SourceStage> => {
  const store = memoryStore();
  const source = storeSource(store);
  await store.documents.write("registry", text);
  return { source, write: async (next) => void (await source.write(next)) };
};

/** The map of one process and the source of another. */
const keyValue = async (text: string): Promise<SourceStage> => {
  const kept = new Map<string, { readonly value: string; readonly version: string }>();
  let writes = 0;
  const kv: KeyValue = {
    name: "a map",
    read: async (key) => kept.get(key),
    async compareAndSet(key, version, value) {
      if (kept.get(key)?.version !== version) return false;
      writes += 1;
      kept.set(key, { value, version: `v${writes}` });
      return true;
    },
    delete: async (key) => void kept.delete(key),
  };
  const store = fromKeyValue(kv);
  const writer = storeSource(store);
  await store.documents.write("registry", text);
  return {
    source: storeSource(fromKeyValue(kv), { pollMs: 50 }),
    write: async (next) => void (await writer.write(next)),
    lose: async () => kept.clear(),
  };
};

describe.each([
  ["in memory", registrySourceSuite({ open: memory, never: { lose: "what is in memory is not lost" } })],
  ["in a store of keys and values", registrySourceSuite({ open: keyValue })],
])("a registry %s", (_what, cases) => {
  for (const { name, skip, run } of cases) it.skipIf(skip !== undefined)(name, run);
});

const reason = noPostgres();
describe.skipIf(reason !== undefined)("a registry in PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop(), 60_000);

  const cases = registrySourceSuite({
    async open(text) {
      const pools = [0, 1].map(() => new Pool({ ...server.config, allowExitOnIdle: true }));
      const [here, there] = pools.map((pool) => postgresStore(pool));
      if (here === undefined || there === undefined) throw new Error("two of them");
      await here.migrate();
      const writer = storeSource(here);
      await here.documents.write("registry", text);
      return {
        source: storeSource(there),
        write: async (next) => void (await writer.write(next)),
        lose: async () => void (await pools[0]?.query("DELETE FROM headgate_documents")),
        async close() {
          for (const store of [here, there]) await store.close();
          for (const pool of pools) await pool.end();
        },
      };
    },
  });
  for (const { name, skip, run } of cases) it.skipIf(skip !== undefined)(name, run);
});

const registryOf = (model: string): string => JSON.stringify({ models: { [model]: { provider: "fake" } } });

describe("storeSource", () => {
  it("a registry that is none is not written, and says what is wrong; what was there stays", async () => {
    const source = storeSource(memoryStore());
    await source.write(registryOf("good"));
    const wrongs: readonly (readonly [text: string, path: string])[] = [
      ["models: [", ""],
      ["models: { fast: { provider: 7 } }", "models.fast.provider"],
      ["models: { fast: { provider: fake } }\ntasks: { chat: { models: [gone] } }", "tasks.chat.models[0]"],
      ["", ""],
    ];
    for (const [text, path] of wrongs) {
      const error = await source.write(text).catch((thrown: unknown) => thrown);
      if (!GatewayError.is(error, "registry_invalid")) throw new Error(`not refused: ${text}`);
      expect(error.details.issues[0]?.path).toBe(path);
    }
    expect(await source.load()).toEqual({ text: registryOf("good"), format: "json" });
  });

  it("a provider that this process does not know is no reason to refuse", async () => {
    await expect(storeSource(memoryStore()).write("models: { a: { provider: another } }")).resolves.toEqual(
      expect.any(String),
    );
  });

  it("a document that is not there is told by its name", async () => {
    const load = storeSource(memoryStore(), { document: "blue" }).load();
    await expect(load).rejects.toThrow(/^the document "blue" in memory is not a valid registry/);
  });

  it("a store without documents, and a poll that is none, are refused at once", () => {
    const { documents: _, ...without } = memoryStore();
    expect(() => storeSource(without)).toThrow("Expected `store` to keep documents, got memory, which does not");
    expect(() => storeSource(memoryStore(), { pollMs: 0 })).toThrow("Expected `pollMs` to be an integer from 1 up");
  });

  it("what the store does not tell is seen within half a second, by its version alone", async () => {
    const { documents } = memoryStore();
    const clock = virtualClock();
    let reads = 0;
    const read = (name: string) => {
      reads += 1;
      return documents.read(name);
    };
    const counted = { ...documents, read };
    const source = storeSource({ name: "deaf", documents: counted }, { clock });
    await source.write(registryOf("first"));
    let changes = 0;
    const end = source.subscribe?.(() => {
      changes += 1;
    });
    await clock.advance(10_000);
    const before = changes;
    await source.write(registryOf("second"));
    await clock.advance(500);
    expect(changes).toBe(before + 1);
    await clock.advance(60_000);
    expect(changes).toBe(before + 1);
    expect(reads).toBe(0);
    end?.();
    await clock.advance(1_000);
    expect(clock.pending).toBe(0);
  });

  it("a store that is away for a while is asked again", async () => {
    const { documents } = memoryStore();
    const clock = virtualClock();
    let isAway = false;
    const version = (name: string) => (isAway ? Promise.reject(new Error("away")) : documents.version(name));
    const source = storeSource({ name: "weak", documents: { ...documents, version } }, { clock });
    await source.write(registryOf("first"));
    let changes = 0;
    source.subscribe?.(() => {
      changes += 1;
    });
    await clock.advance(600);
    const before = changes;
    isAway = true;
    await clock.advance(5_000);
    await source.write(registryOf("second"));
    isAway = false;
    await clock.advance(500);
    expect(changes).toBe(before + 1);
  });

  it("a gateway follows it, and keeps the last good one", async () => {
    const store = memoryStore();
    const registry = storeSource(store);
    await registry.write(registryOf("first"));
    await using gateway = createGateway({ providers: [fakeProvider()], registry, store });
    const asked = async (): Promise<string> => (await gateway.complete({ prompt: "x" })).model;
    expect(await asked()).toBe("first");
    await registry.write(registryOf("second"));
    await expect.poll(asked).toBe("second");
    await store.documents.write("registry", "models: [");
    await gateway.reload().catch(() => {});
    expect(await asked()).toBe("second");
  });
});

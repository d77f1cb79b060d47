/** What every source must do, shown of every built-in one and of a stranger's; and that the suite notices. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { httpSource, type RegistrySource } from "headgate";
import { registrySourceSuite, type SourceStage } from "headgate/testing";
import { describe, expect, it } from "vitest";
import { fileSource } from "../../src/registry/file-source.ts";
import { objectSource } from "../../src/registry/source.ts";

type Open = (text: string) => Promise<SourceStage>;

const file: Open = async (text) => {
  const folder = await mkdtemp(join(tmpdir(), "headgate-source-"));
  const path = join(folder, "headgate.json");
  const write = async (next: string): Promise<void> => {
    await writeFile(`${path}.new`, next);
    await rename(`${path}.new`, path);
  };
  await write(text);
  return {
    source: fileSource(path),
    write,
    lose: () => rm(path, { force: true }),
    close: () => rm(folder, { recursive: true, force: true }),
  };
};

const object: Open = async (text) => ({ source: objectSource(JSON.parse(text)) });

const PASSWORD = "canary-password";
const TOKEN = "canary-token";

const http: Open = async (first) => {
  let text: string | undefined = first;
  const server: Server = createServer((request, response) => {
    const basic = `Basic ${Buffer.from(`reader:${PASSWORD}`).toString("base64")}`;
    if (request.headers.authorization !== basic || !request.url?.endsWith(TOKEN)) return response.writeHead(401).end();
    if (text === undefined) return response.writeHead(503).end(`who asks with ${TOKEN}?`);
    const etag = `"${createHash("sha256").update(text).digest("hex")}"`;
    if (request.headers["if-none-match"] === etag) return response.writeHead(304, { etag }).end();
    return response.writeHead(200, { etag, "content-type": "application/json" }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    source: httpSource(`http://reader:${PASSWORD}@127.0.0.1:${port}/registry?key=${TOKEN}`, { pollMs: 100 }),
    async write(next) {
      text = next;
    },
    async lose() {
      text = undefined;
    },
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
};

/** As a stranger writes one: a store that calls back. */
const store: Open = async (first) => {
  let text: string | undefined = first;
  const subscribers = new Set<() => void>();
  const source: RegistrySource = {
    contract: 1,
    name: "the store",
    async load() {
      if (text === undefined) throw new Error("away");
      return { data: JSON.parse(text) };
    },
    subscribe(changed) {
      const own = (): void => changed();
      subscribers.add(own);
      return () => void subscribers.delete(own);
    },
  };
  return {
    source,
    async write(next) {
      text = next;
      for (const changed of subscribers) changed();
    },
    async lose() {
      text = undefined;
    },
  };
};

const NEVER = { write: "it never changes", lose: "it is always there", subscribe: "it never changes" };

describe.each([
  ["a file", registrySourceSuite({ open: file })],
  ["an object", registrySourceSuite({ open: object, never: NEVER })],
  ["HTTP", registrySourceSuite({ open: http, secrets: [PASSWORD, TOKEN] })],
  ["a stranger's store", registrySourceSuite({ open: store })],
])("a registry source: %s", (_what, cases) => {
  for (const { name, skip, run } of cases) {
    it.skipIf(skip !== undefined)(skip === undefined ? name : `${name} (${skip})`, run);
  }
});

type Wrong = (source: RegistrySource) => RegistrySource;

const SABOTAGE: Readonly<Record<string, Wrong>> = {
  "it answers what it had first": (source) => {
    const first = source.load();
    return { ...source, load: () => first };
  },
  "it cuts what is long": (source) => ({
    ...source,
    load: async () => ({
      text: JSON.stringify(((await source.load()) as { data: unknown }).data).slice(0, 100_000),
      format: "json",
    }),
  }),
  "it spoils letters": (source) => ({
    ...source,
    load: async () => ({
      text: Buffer.from(JSON.stringify(((await source.load()) as { data: unknown }).data), "latin1").toString("latin1"),
      format: "json",
    }),
  }),
  "it calls back once": (source) => ({
    ...source,
    subscribe(changed) {
      const end = source.subscribe?.(() => {
        end?.();
        changed();
      });
      return () => end?.();
    },
  }),
  "it has room for one subscriber": (source) => {
    let end: (() => void) | undefined;
    return {
      ...source,
      subscribe(changed) {
        end?.();
        end = source.subscribe?.(changed);
        return () => end?.();
      },
    };
  },
  "its subscriptions never end": (source) => ({
    ...source,
    subscribe(changed) {
      source.subscribe?.(changed);
      return () => {};
    },
  }),
  "it keeps the process alive": (source) => ({
    ...source,
    subscribe(changed) {
      const end = source.subscribe?.(changed);
      const timer = setInterval(() => {}, 1_000);
      return () => {
        clearInterval(timer);
        end?.();
      };
    },
  }),
  "it is there when it is away": (source) => {
    let last = source.load();
    const load = (): ReturnType<RegistrySource["load"]> => {
      const before = last;
      last = source.load().catch(() => before);
      return last;
    };
    return { ...source, load };
  },
  "its errors tell the password": (source) => ({
    ...source,
    load: () => source.load().catch((cause) => Promise.reject(new Error(`redis://:${PASSWORD}@host`, { cause }))),
  }),
  "its name tells the password": (source) => ({ ...source, name: `redis://:${PASSWORD}@host` }),
};

describe("the suite notices", () => {
  it.concurrent.each(Object.entries(SABOTAGE))("%s", async (_what, wrong) => {
    const cases = registrySourceSuite({
      open: async (text) => {
        const stage = await store(text);
        return { ...stage, source: wrong(stage.source) };
      },
      secrets: [PASSWORD],
      caseMs: 500,
    });
    const noticed: string[] = [];
    for (const { name, run } of cases) await run().catch(() => noticed.push(name));
    expect(noticed).not.toEqual([]);
  });
});

it("a script ends by itself though its registry is polled and nothing was closed", async () => {
  const server = createServer((_request, response) => response.end("models: { fast: { provider: fake } }"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const dist = (name: string): string => fileURLToPath(new URL(`../../dist/src/${name}index.js`, import.meta.url));
  const script = `
    import { createGateway, httpSource } from ${JSON.stringify(dist(""))};
    import { fakeProvider } from ${JSON.stringify(dist("testing/"))};
    const registry = httpSource("http://127.0.0.1:${port}/headgate.yaml", { pollMs: 100 });
    const gateway = createGateway({ providers: [fakeProvider()], registry });
    console.log((await gateway.complete({ prompt: "x" })).text);`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    timeout: 10_000,
  });
  server.closeAllConnections();
  server.close();
  expect(stdout).toMatch(/^one two/);
});

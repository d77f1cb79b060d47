import type { Agent, Dispatcher } from "undici";
import { LeanResponse } from "./lean-response.ts";

/** As `fetch` takes it, and how long a connection may take. */
export type TransportInit = RequestInit & {
  /** Milliseconds to a connection. Default 5,000. */
  readonly connectMs?: number;
};

/**
 * Carries requests that a vendor's SDK has built. `fetch` is handed to the SDK as its own; its answer is read by the kit.
 */
export interface Transport {
  readonly name: string;
  fetch(url: string | URL | Request, init?: TransportInit): Promise<Response>;
  /** Lets all connections go, used or not. */
  close?(): Promise<void>;
}

export interface LeanTransportOptions {
  /** An undici dispatcher of your own (a proxy, a mock), instead of one agent for each `connectMs`. */
  readonly dispatcher?: Dispatcher;
}

const CONNECT_MS = 5_000;

type Undici = typeof import("undici");

/**
 * The default: undici's `request` behind the shape of `fetch`. It follows no redirect, unpacks nothing, and has no clocks
 * but the connection's: the gateway has its own. undici is loaded at the first request.
 */
export const leanTransport = ({ dispatcher }: LeanTransportOptions = {}): Transport => {
  const agents = new Map<number, Agent>();
  let loading: Promise<Undici> | undefined;
  const agentFor = ({ Agent }: Undici, connectMs: number): Agent => {
    const known = agents.get(connectMs);
    if (known !== undefined) return known;
    const agent = new Agent({ connect: { timeout: connectMs }, headersTimeout: 0, bodyTimeout: 0 });
    agents.set(connectMs, agent);
    return agent;
  };
  return {
    name: "lean",
    async fetch(url, init = {}) {
      loading ??= import("undici");
      const undici = await loading;
      const { statusCode, headers, body } = await undici.request(String(url), {
        dispatcher: dispatcher ?? agentFor(undici, init.connectMs ?? CONNECT_MS),
        method: (init.method ?? "GET") as Dispatcher.HttpMethod,
        headers: plain(init.headers),
        ...(init.body !== undefined && init.body !== null && { body: init.body as string }),
        ...(init.signal !== undefined && init.signal !== null && { signal: init.signal }),
      });
      return new LeanResponse(String(url), statusCode, headers, body) as unknown as Response;
    },
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
      agents.clear();
    },
  };
};

/** Plain `fetch`: for edge runtimes, mocks and proxies. Connection clocks are the runtime's own. */
export const fetchTransport = (fetch: typeof globalThis.fetch = globalThis.fetch): Transport => ({
  name: "fetch",
  fetch: (url, init) => fetch(url, init),
});

/** `accept-encoding: identity`, since the answer is read as it comes. */
const plain = (headers: RequestInit["headers"]): Record<string, string> => {
  const all: Record<string, string> = {};
  const entries = headers === undefined ? [] : Symbol.iterator in headers ? headers : Object.entries(headers);
  for (const [name, value] of entries as Iterable<readonly [string, string | undefined]>) {
    if (value !== undefined) all[name] = value;
  }
  all["accept-encoding"] = "identity";
  return all;
};

import type { Clock, Loaded, RegistrySource } from "../contract/index.ts";
import { bodyOf } from "./http-body.ts";
import { addressOf, failureOf, validateHttp } from "./http-request.ts";
import { registryInvalid } from "./parse.ts";
import { type Poll, poll } from "./poll.ts";

export interface HttpSourceOptions {
  /** Sent with every request, such as `{ authorization: "Bearer …" }`; a function is asked each time (tokens that expire). */
  readonly headers?: Readonly<Record<string, string>> | (() => Fields | Promise<Fields>);
  /** How often to look, in milliseconds, from 100. After a failure sooner: from a second, twice as long each time. Default 30,000. */
  readonly pollMs?: number;
  /** Each wait is longer or shorter by up to this share, so that a fleet does not ask as one. From 0 to 1. Default 0.2. */
  readonly jitter?: number;
  /** To the last byte of an answer. Default 10,000. */
  readonly timeoutMs?: number;
  /** A longer answer is refused. Default 16 MiB. */
  readonly maxBytes?: number;
  /** For messages and events. Default: the address without user, password and query. */
  readonly name?: string;
  /** Default: the runtime's. */
  readonly fetch?: typeof globalThis.fetch;
  /** Timers and chance. Default: the system's. */
  readonly clock?: Pick<Clock, "after" | "chance">;
}

type Fields = Readonly<Record<string, string>>;

const POLL_MS = 30_000;
const JITTER = 0.2;
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 16 << 20;

/**
 * A registry behind an HTTP address, looked at again every `pollMs`. An answer's ETag or date is sent along, so that an
 * unchanged registry costs an empty answer (304). The content type says whether it is YAML or JSON, else the address's
 * ending. Whatever goes wrong, the last good registry stays in force. User, password, query and headers are secrets: they
 * stand in no message. Redirects are followed only where nothing secret is sent. Bad options throw `invalid_request`.
 */
export const httpSource = (url: string | URL, options: HttpSourceOptions = {}): RegistrySource => {
  validateHttp(url, options);
  const { pollMs = POLL_MS, jitter = JITTER, timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES } = options;
  const { fetch = globalThis.fetch, clock = systemTimers, headers = {} } = options;
  const address = addressOf(url, options.name);
  const polls = new Set<Poll>();
  const redirect = address.isPlain && options.headers === undefined ? "follow" : "manual";
  let kept: { readonly loaded: Loaded; readonly validators: Fields } | undefined;
  let failures = 0;

  const ask = async (signal: AbortSignal): Promise<Loaded> => {
    const own = typeof headers === "function" ? await headers() : headers;
    const sent = new Headers({ accept: ACCEPT, ...address.headers });
    for (const [name, value] of Object.entries({ ...own, ...kept?.validators })) sent.set(name, value);
    const response = await fetch(address.url, { headers: sent, signal, redirect });
    if (response.status === 304 && kept !== undefined) {
      await response.body?.cancel();
      return kept.loaded;
    }
    const loaded = await bodyOf(response, address, maxBytes);
    signal.throwIfAborted();
    kept = { loaded, validators: validatorsOf(response.headers) };
    return loaded;
  };

  return {
    contract: 1,
    name: address.name,
    async load() {
      const controller = new AbortController();
      let cancel = (): void => {};
      const late = new Promise<never>((_resolve, reject) => {
        cancel = clock.after(timeoutMs, () => {
          reject(registryInvalid(address.name, [{ path: "", message: `it did not answer within ${timeoutMs} ms` }]));
          controller.abort();
        });
      });
      try {
        const loaded = await Promise.race([ask(controller.signal), late]);
        failures = 0;
        return loaded;
      } catch (error) {
        controller.abort();
        failures += 1;
        for (const each of polls) each.restart();
        throw failureOf(error, address.name);
      } finally {
        cancel();
      }
    },
    subscribe(changed) {
      const each = poll(changed, () => waitMs(pollMs, failures) * (1 + jitter * (2 * clock.chance() - 1)), clock);
      polls.add(each);
      return () => {
        polls.delete(each);
        each.end();
      };
    },
  };
};

const ACCEPT = "application/yaml, application/json;q=0.9, */*;q=0.1";
const RETRY_MS = 1_000;

const waitMs = (pollMs: number, failures: number): number =>
  failures === 0 ? pollMs : Math.min(pollMs, RETRY_MS * 2 ** (failures - 1));

/** What to ask with, so that an unchanged registry is not sent again. */
const validatorsOf = (headers: Headers): Fields => {
  const [tag, date] = [headers.get("etag"), headers.get("last-modified")];
  return { ...(tag !== null && { "if-none-match": tag }), ...(date !== null && { "if-modified-since": date }) };
};

const systemTimers: Pick<Clock, "after" | "chance"> = {
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  chance: () => Math.random(),
};

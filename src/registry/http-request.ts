import { GatewayError } from "../contract/index.ts";
import {
  Issues,
  isBetween,
  isName,
  isPositiveInteger,
  isRecord,
  isRecordOf,
  isText,
  isTimeout,
} from "../policy/issues.ts";
import { registryInvalid } from "./parse.ts";

/** Where to ask, and what may be said of it. */
export interface Address {
  /** Without user and password, which `fetch` refuses in an address. */
  readonly url: string;
  /** Without anything that could be a secret. */
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Nothing secret stood in it. */
  readonly isPlain: boolean;
}

export const addressOf = (given: string | URL, name?: string): Address => {
  const url = new URL(given);
  const { username, password } = url;
  const isPlain = username === "" && password === "";
  const pair = `${decoded(username)}:${decoded(password)}`;
  url.username = "";
  url.password = "";
  return {
    url: url.href,
    name: name ?? `${url.origin}${url.pathname}`,
    headers: isPlain ? {} : { authorization: `Basic ${Buffer.from(pair).toString("base64")}` },
    isPlain: isPlain && url.search === "",
  };
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** A failed request, told without an address, a header or a word of the answer. */
export const failureOf = (error: unknown, name: string): GatewayError<"registry_invalid"> => {
  if (GatewayError.is(error, "registry_invalid")) return error;
  const code = codeOf(error) ?? codeOf(isRecord(error) ? error["cause"] : undefined);
  const why = code === undefined ? "" : ` (${code})`;
  return registryInvalid(name, [{ path: "", message: `it could not be reached${why}` }]);
};

const codeOf = (error: unknown): string | undefined => {
  const code = isRecord(error) ? error["code"] : undefined;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? code : undefined;
};

const KNOWN = new Set(["headers", "pollMs", "jitter", "timeoutMs", "maxBytes", "name", "fetch", "clock"]);
const LEAST_POLL_MS = 100;

/** What `httpSource` was handed. */
export const validateHttp = (url: unknown, options: unknown): void => {
  const issues = new Issues();
  if (!isHttp(url)) issues.add("url", "an address that begins with http:// or https://");
  if (!isRecord(options)) issues.add("options", "an object");
  const given = isRecord(options) ? options : {};
  issues.unknownKeys("", given, KNOWN);
  const isFunction = (value: unknown): boolean => typeof value === "function";
  const isPoll = (value: unknown): boolean => isTimeout(value) && (value as number) >= LEAST_POLL_MS;
  const isHeaders = (value: unknown): boolean => isFunction(value) || isRecordOf(isText)(value);
  issues.optional("headers", given["headers"], isHeaders, "texts by name, or a function that gives them");
  issues.optional("pollMs", given["pollMs"], isPoll, `a whole number of milliseconds from ${LEAST_POLL_MS}`);
  issues.optional("jitter", given["jitter"], isBetween(0, 1), "a number from 0 to 1");
  issues.optional("timeoutMs", given["timeoutMs"], isTimeout, "a whole number of milliseconds from 1");
  issues.optional("maxBytes", given["maxBytes"], isPositiveInteger, "a whole number from 1");
  issues.optional("name", given["name"], isName, "a name");
  issues.optional("fetch", given["fetch"], isFunction, "a function like fetch");
  issues.optional("clock", given["clock"], (clock) => isRecord(clock) && isFunction(clock["after"]), "a Clock");
  issues.throwIfAny("What httpSource was given");
};

const isHttp = (url: unknown): boolean => {
  const text = url instanceof URL ? url.href : url;
  return typeof text === "string" && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
};

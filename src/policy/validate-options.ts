import { Issues, isBetween, isListOf, isName, isRecord } from "./issues.ts";
import { validateTimeouts } from "./validate-request.ts";

const KNOWN = new Set(
  "providers registry ledger defaultTenant tenants classify countTokens timeouts maxAttempts store quotas use clock".split(
    " ",
  ),
);
const isFunction = (value: unknown): boolean => typeof value === "function";
const MAX_ATTEMPTS = 10;

/** What `createGateway` was handed, checked before anything begins. */
export const validateOptions = (options: unknown): void => {
  const issues = new Issues();
  if (!isRecord(options)) {
    issues.add("options", "an object { providers, registry }");
    return issues.throwIfAny("What createGateway was given");
  }
  issues.unknownKeys("", options, KNOWN);
  validateProviders(options["providers"], issues);
  const { registry } = options;
  const isRegistry =
    isName(registry) || (isRecord(registry) && ("models" in registry || typeof registry["load"] === "function"));
  if (!isRegistry) issues.add("registry", "a path, a registry { models }, or a source { load }");
  issues.optional(
    "defaultTenant",
    options["defaultTenant"],
    (value) => value === false || isName(value),
    "a name or false",
  );
  const isAttempts = (value: unknown): boolean => Number.isInteger(value) && isBetween(1, MAX_ATTEMPTS)(value);
  issues.optional("maxAttempts", options["maxAttempts"], isAttempts, `a whole number from 1 to ${MAX_ATTEMPTS}`);
  issues.optional("use", options["use"], isListOf(isFunction), "a list of layers");
  issues.optional("classify", options["classify"], isFunction, "a function of a request to a difficulty");
  issues.optional(
    "countTokens",
    options["countTokens"],
    isFunction,
    "a function of a text and a model to a whole number",
  );
  issues.optional("tenants", options["tenants"], isFunction, "a function of an id to a plan");
  issues.optional(
    "ledger",
    options["ledger"],
    (sink) => isRecord(sink) && typeof sink["write"] === "function",
    "a LedgerSink",
  );
  issues.optional(
    "clock",
    options["clock"],
    (clock) => isRecord(clock) && typeof clock["after"] === "function",
    "a Clock",
  );
  issues.optional("store", options["store"], isStore, "a store of contract 1, such as redisStore(client)");
  validateQuotas(options["quotas"], issues);
  validateTimeouts("timeouts", options["timeouts"], issues);
  issues.throwIfAny("What createGateway was given");
};

const isStore = (store: unknown): boolean =>
  isRecord(store) &&
  store["contract"] === 1 &&
  isRecord(store["quotas"]) &&
  ["claim", "read"].every((name) => typeof (store["quotas"] as Record<string, unknown>)[name] === "function");

const QUOTAS = new Set(["leaseMs", "timeoutMs", "slices", "onStoreLoss"]);
/** A lease shorter than a few time-outs would end while its holder waits for an answer. */
const [LEAST_LEASE_MS, MOST_MS] = [1_000, 86_400_000];

const validateQuotas = (quotas: unknown, issues: Issues): void => {
  if (quotas === undefined) return;
  if (!isRecord(quotas)) return issues.add("quotas", "an object { leaseMs, timeoutMs, slices, onStoreLoss }");
  issues.unknownKeys("quotas", quotas, QUOTAS);
  const isWhole = (least: number) => (value: unknown) => Number.isInteger(value) && isBetween(least, MOST_MS)(value);
  const { leaseMs, timeoutMs, slices, onStoreLoss } = quotas;
  issues.optional("quotas.leaseMs", leaseMs, isWhole(LEAST_LEASE_MS), `whole milliseconds from ${LEAST_LEASE_MS} up`);
  issues.optional("quotas.timeoutMs", timeoutMs, isWhole(1), "whole milliseconds from 1 up");
  issues.optional("quotas.slices", slices, (value) => typeof value === "boolean", "true or false");
  issues.optional("quotas.onStoreLoss", onStoreLoss, (value) => value === "share" || value === "deny", "share or deny");
};

const validateProviders = (providers: unknown, issues: Issues): void => {
  if (!Array.isArray(providers) || providers.length === 0) return issues.add("providers", "at least one provider");
  const names = new Set<unknown>();
  for (const [index, provider] of providers.entries()) {
    const path = `providers[${index}]`;
    if (!isRecord(provider) || provider["contract"] !== 1 || typeof provider["generate"] !== "function") {
      issues.add(path, "a provider of contract 1, such as openai()");
      continue;
    }
    if (!isName(provider["name"])) issues.add(`${path}.name`, "a name");
    if (names.has(provider["name"])) issues.add(`${path}.name`, "a name that no other provider has");
    names.add(provider["name"]);
    const { credentials } = provider;
    if (!Array.isArray(credentials) || credentials.length === 0)
      issues.add(`${path}.credentials`, "at least one credential");
  }
};

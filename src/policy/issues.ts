import { GatewayError, type Issue } from "../contract/index.ts";
import { meant } from "./nearest.ts";

/** setTimeout fires at once beyond it. */
export const MAX_TIMEOUT_MS = 2_147_483_647;

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Collects what is wrong, by path. Says what was expected; never what was found, which may be anybody's secret. */
export class Issues {
  readonly found: Issue[] = [];

  add(path: string, expected: string): void {
    this.found.push({ path, message: `expected ${expected}` });
  }

  /** `undefined` is always fine: it is the same as not there. */
  optional(path: string, value: unknown, ok: (value: unknown) => boolean, expected: string): void {
    if (value !== undefined && !ok(value)) this.add(path, expected);
  }

  /** Keys beyond `known`; `__proto__` and its like are never known. */
  unknownKeys(path: string, value: object, known: ReadonlySet<string>): void {
    for (const key of Object.keys(value)) {
      if (known.has(key)) continue;
      const near = meant(key, known);
      const at = path === "" ? key : `${path}.${key}`;
      this.found.push({
        path: at,
        message: near === undefined ? "unknown key" : `unknown key; did you mean "${near}"?`,
      });
    }
  }

  throwIfAny(what: string): void {
    if (this.found.length === 0) return;
    const said = this.found.slice(0, 5).map(({ path, message }) => `${path}: ${message}`);
    const more = this.found.length > 5 ? `; and ${this.found.length - 5} more` : "";
    throw new GatewayError("invalid_request", `${what} is not valid. ${said.join("; ")}${more}.`, {
      details: { issues: this.found },
    });
  }
}

export const isText = (value: unknown): boolean => typeof value === "string";
export const isName = (value: unknown): boolean => typeof value === "string" && value !== "";
export const isNumber = (value: unknown): boolean => Number.isFinite(value);
export const isBoolean = (value: unknown): boolean => typeof value === "boolean";
export const isPositiveInteger = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
export const isTimeout = (value: unknown): boolean => isPositiveInteger(value) && (value as number) <= MAX_TIMEOUT_MS;
export const isBetween =
  (least: number, most: number) =>
  (value: unknown): boolean =>
    typeof value === "number" && value >= least && value <= most;
export const isListOf =
  (ok: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every(ok);
export const isOneOf =
  (...names: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === "string" && names.includes(value);
export const isRecordOf =
  (ok: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    isRecord(value) && Object.values(value).every(ok);
export const isSchema = (value: unknown): boolean => {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const standard = (value as { readonly "~standard"?: unknown })["~standard"];
  return isRecord(standard) && typeof standard["validate"] === "function" && isRecord(standard["jsonSchema"]);
};
/** What asks a vendor to cache the prompt up to a part. */
export const isCacheHint = (value: unknown): boolean =>
  isRecord(value) && (value["ttlMs"] === undefined || isPositiveInteger(value["ttlMs"]));
/** Whether JSON can carry it: nothing that goes round in a circle, no bigint, no function. */
export const isJson = (value: unknown): boolean => {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
};

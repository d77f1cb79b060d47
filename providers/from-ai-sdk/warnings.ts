import {
  type Concede,
  conceder,
  type FailureOf,
  isObject,
  type JsonObject,
  requestTexts,
  scrub,
} from "../../src/kit/index.ts";

/** Settings by the AI SDK's names, where ours differ. */
const PATHS: Readonly<Record<string, string>> = {
  stopSequences: "stop",
  responseFormat: "output",
  reasoning: "reasoning.effort",
};
const MAX_NAME = 80;

/**
 * What a model says that it did not do as asked. What it left out is a loss, and refused under `strict`; a schema that it
 * is not held to is not, since the answer is checked anyway.
 */
export const hearWarnings = (told: unknown, { call, provider, secrets }: FailureOf): void => {
  if (!Array.isArray(told)) return;
  const concede = conceder(call, provider);
  const clean = (text: string): string => scrub(text, secrets, requestTexts(call.request));
  for (const warning of told) if (isObject(warning)) hear(warning, concede, clean);
};

const hear = (warning: JsonObject, concede: Concede, clean: (text: string) => string): void => {
  const { type } = warning;
  const details = clean(string(warning["details"]) || string(warning["message"]));
  const name = clean(nameOf(warning)).slice(0, MAX_NAME);
  const path = PATHS[name] ?? name;
  if (type !== "unsupported" && type !== "unsupported-setting" && type !== "unsupported-tool") {
    return concede("other", path, details || `The model told of ${name || "something"} (${String(type)}).`);
  }
  const what = `The model does not support ${name || "a setting"}${details && `: ${details}`}`;
  const message = what.endsWith(".") ? what : `${what}.`;
  concede(path === "output" ? "schema_changed" : "parameter_dropped", path, message);
};

/** `feature` in V3 and V4, `setting` or `tool` in V2. */
const nameOf = ({ feature, setting, tool }: JsonObject): string =>
  string(feature) || string(setting) || (isObject(tool) ? `tools ${string(tool["name"])}` : "");

const string = (value: unknown): string => (typeof value === "string" ? value : "");

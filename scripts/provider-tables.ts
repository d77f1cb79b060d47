/** Providers × what they carry, made from what they say of themselves. */
import { anthropic } from "headgate/anthropic";
import { bedrock } from "headgate/bedrock";
import { fromAiSdk } from "headgate/from-ai-sdk";
import { google } from "headgate/google";
import { FEATURES, type Feature, type Provider } from "headgate/kit";
import { openai } from "headgate/openai";
import { openaiCompatible, PRESETS, type PresetName } from "headgate/openai-compatible";

const PROVIDERS: Readonly<Record<string, Provider>> = {
  "`openai`": openai(),
  '`openai`, `api: "chat"`': openai({ api: "chat" }),
  "`openai-compatible`": openaiCompatible({ name: "host", baseURL: "http://localhost" }),
  "`anthropic`": anthropic(),
  "`google`": google(),
  "`bedrock`": bedrock(),
  "`from-ai-sdk`": fromAiSdk({ name: "any", model: {}, embedding: {} }),
};

const METHODS = {
  embed: "embeddings",
  countTokens: "tokens counted by the vendor",
  models: "list of models",
} as const;

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  row(head) + row(head.map(() => "---")) + rows.map(row).join("");

const has = ({ features = [] }: Provider, feature: Feature): string => (features.includes(feature) ? "yes" : "–");

export const providerTables = (): Readonly<Record<string, string>> => ({
  providers: byProvider(),
  presets: byPreset(),
});

const byProvider = (): string => {
  const all = Object.values(PROVIDERS);
  const features = Object.entries(FEATURES) as readonly (readonly [Feature, string])[];
  const methods = Object.entries(METHODS) as readonly (readonly [keyof typeof METHODS, string])[];
  return table(
    ["", ...Object.keys(PROVIDERS)],
    [
      ...features.map(([feature, what]) => [what, ...all.map((provider) => has(provider, feature))]),
      ...methods.map(([name, what]) => [what, ...all.map((provider) => (provider[name] === undefined ? "–" : "yes"))]),
    ],
  );
};

/** Only what hosts differ in. */
const byPreset = (): string => {
  const names = Object.keys(PRESETS) as readonly PresetName[];
  const made = names.map((preset) => openaiCompatible({ preset }));
  const differing = (Object.keys(FEATURES) as readonly Feature[]).filter(
    (feature) => new Set(made.map((provider) => has(provider, feature))).size > 1,
  );
  return table(
    ["preset", "key", ...differing.map((feature) => `\`${feature}\``), "verified"],
    names.map((name, index) => {
      const provider = made[index];
      const { variable, verified } = PRESETS[name];
      const key = variable === undefined ? "none" : `\`${variable}\``;
      const told = verified === "recordings" ? "on recorded answers" : "no";
      return [`\`${name}\``, key, ...differing.map((feature) => (provider ? has(provider, feature) : "–")), told];
    }),
  );
};

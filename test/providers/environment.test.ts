/** Nothing is taken from the environment but what is documented, and nothing is printed. */
import type { Provider } from "headgate/kit";
import { openai } from "headgate/openai";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { kindOf, modelOf, NAMES } from "./every-provider.ts";
import { ask, StubVendor } from "./replay.ts";

const HOSTILE = {
  OPENAI_CUSTOM_HEADERS: "x-unasked: 1\nauthorization: Bearer unasked",
  ANTHROPIC_CUSTOM_HEADERS: "x-unasked: 1\nauthorization: Bearer unasked",
  ANTHROPIC_AUTH_TOKEN: "unasked",
  OPENAI_ADMIN_KEY: "unasked",
  OPENAI_API_VERSION: "unasked",
  OPENAI_LOG: "debug",
  ANTHROPIC_LOG: "debug",
  GOOGLE_API_KEY: "unasked",
  GEMINI_API_KEY: "unasked",
  GOOGLE_GENAI_USE_VERTEXAI: "true",
  GOOGLE_CLOUD_PROJECT: "unasked",
  GOOGLE_CLOUD_LOCATION: "unasked",
  GOOGLE_GEMINI_BASE_URL: "https://unasked.test",
};

const METHODS = ["log", "info", "warn", "error", "debug"] as const;
const printed: unknown[] = [];

beforeEach(() => {
  for (const [name, value] of Object.entries(HOSTILE)) vi.stubEnv(name, value);
  for (const method of METHODS) vi.spyOn(console, method).mockImplementation((...all) => void printed.push(all));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  expect(printed.splice(0)).toEqual([]);
});

const sent = async (vendor: StubVendor, provider: Provider, name: string): Promise<string> => {
  await ask(provider, { mode: "complete", model: modelOf(name) });
  expect(vendor.asked).toHaveLength(1);
  return vendor.asked.map(({ url, headers }) => `${url} ${JSON.stringify([...headers])}`).join();
};

it.each(NAMES)("%s", async (name) => {
  const vendor = new StubVendor();
  const provider = kindOf(name).provide({ apiKey: "mine", transport: vendor });
  expect(await sent(vendor, provider, name)).not.toContain("unasked");
  expect(process.env).toMatchObject(HOSTILE);
});

it.each([undefined, "2025-04-01-preview"])("Azure, API version %s", async (apiVersion) => {
  const vendor = new StubVendor();
  const azure = { endpoint: "https://example.openai.azure.com", ...(apiVersion !== undefined && { apiVersion }) };
  const provider = openai({ apiKey: "mine", azure, transport: vendor });
  expect(await sent(vendor, provider, "openai, Responses")).not.toContain("unasked");
});

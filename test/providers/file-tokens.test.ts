/** What files count for, by the vendors' published rules: worked examples of theirs, and what was measured, never below it. */
import { anthropic } from "headgate/anthropic";
import { bedrock } from "headgate/bedrock";
import { google } from "headgate/google";
import type { FilePart, Provider } from "headgate/kit";
import { openai } from "headgate/openai";
import { openaiCompatible } from "headgate/openai-compatible";
import { describe, expect, it } from "vitest";

/** A PNG's header is all that is looked at. */
const image = (width: number, height: number, detail?: FilePart["detail"]): FilePart => {
  const bytes = Buffer.alloc(33);
  bytes.write("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1");
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return { type: "file", mediaType: "image/png", data: { bytes }, ...(detail !== undefined && { detail }) };
};
const elsewhere = (mediaType: string): FilePart => ({
  type: "file",
  mediaType,
  data: { url: "https://example.com/a" },
});
const pdf = (pages: number): FilePart => {
  const bytes = Buffer.from("<< /Type /Page >>".padEnd(200, " ").repeat(pages));
  return { type: "file", mediaType: "application/pdf", data: { bytes } };
};
const sound = (seconds: number): FilePart => {
  const bytes = new Uint8Array(seconds * 8_000);
  return { type: "file", mediaType: "audio/mpeg", data: { bytes } };
};
const video = (seconds: number): FilePart => {
  const bytes = new Uint8Array(seconds * 125_000);
  return { type: "file", mediaType: "video/mp4", data: { bytes } };
};

const model = (id: string, name = "m") => ({ name, id, capabilities: {}, limit: {}, options: {} });
const tokens = (provider: Provider, id: string, file: FilePart): number | undefined =>
  provider.fileTokens?.(file, model(id));

const at = {
  anthropic: anthropic({ apiKey: "k" }),
  bedrock: bedrock({ region: "us-east-1", apiKey: "k" }),
  google: google({ apiKey: "k" }),
  openai: openai({ apiKey: "k" }),
  host: openaiCompatible({ name: "host", baseURL: "http://localhost:1/v1" }),
};

type Row = readonly [
  provider: keyof typeof at,
  model: string,
  what: string,
  file: FilePart,
  tokens: number | undefined,
];

const [OLD, NEW] = ["claude-sonnet-4-5-20250929", "claude-opus-4-7"];

const ROWS: readonly Row[] = [
  // 200 × 200 about 54, 1,000 × 1,000 about 1,334, 1,092 × 1,092 about 1,590: Anthropic's own table.
  ["anthropic", OLD, "200 × 200", image(200, 200), 64],
  ["anthropic", OLD, "1,000 × 1,000", image(1_000, 1_000), 1_334],
  ["anthropic", OLD, "1,092 × 1,092", image(1_092, 1_092), 1_590],
  ["anthropic", OLD, "a photo", image(4_032, 3_024), 1_600],
  ["anthropic", OLD, "a strip", image(8_000, 100), 56],
  ["anthropic", NEW, "a screen", image(1_920, 1_080), 2_765],
  ["anthropic", NEW, "a photo", image(4_032, 3_024), 4_784],
  ["anthropic", NEW, "an image elsewhere", elsewhere("image/png"), 4_784],
  ["anthropic", "claude-3-5-haiku-latest", "an image elsewhere", elsewhere("image/png"), 1_600],
  ["anthropic", "claude-sonnet-4-20250514", "an image elsewhere", elsewhere("image/png"), 1_600],
  ["anthropic", "claude-sonnet-5-5", "an image elsewhere", elsewhere("image/png"), 4_784],
  ["anthropic", NEW, "a PDF of 3 pages", pdf(3), 13_800],
  ["anthropic", NEW, "a sound", sound(10), undefined],

  // 1,024 × 1,024 is 765, 2,048 × 4,096 is 1,105, low is 85; 1,800 × 2,400 is 1,452 patches of at most 1,536: OpenAI's own.
  ["openai", "gpt-4o", "1,024 × 1,024", image(1_024, 1_024), 765],
  ["openai", "gpt-4o-2024-11-20", "2,048 × 4,096", image(2_048, 4_096), 1_105],
  ["openai", "gpt-4o", "low", image(2_048, 4_096, "low"), 85],
  ["openai", "gpt-4o", "an image elsewhere", elsewhere("image/png"), 1_445],
  ["openai", "gpt-4o-mini", "1,024 × 1,024", image(1_024, 1_024), 2_833 + 4 * 5_667],
  ["openai", "gpt-4.1-mini", "1,024 × 1,024", image(1_024, 1_024), 1_659],
  ["openai", "gpt-4.1-mini", "1,800 × 2,400", image(1_800, 2_400), 2_489],
  ["openai", "gpt-5-nano", "an image elsewhere", elsewhere("image/png"), 3_779],
  ["openai", "o4-mini", "32 × 32", image(32, 32), 2],
  ["openai", "o3", "1,024 × 1,024", image(1_024, 1_024), 75 + 4 * 150],
  ["openai", "gpt-5", "1,024 × 1,024", image(1_024, 1_024), 70 + 4 * 140],
  ["openai", "gpt-5.4", "1,024 × 1,024", image(1_024, 1_024), 1_229],
  ["openai", "gpt-6", "a photo, measured 14,364", image(4_032, 3_024), 14_364],
  ["openai", "gpt-6", "a photo in high, measured 2,942", image(4_032, 3_024, "high"), 3_000],
  ["openai", "gpt-6", "an image elsewhere", elsewhere("image/png"), 15_000],
  ["openai", "gpt-4o", "a PDF of 2 pages", pdf(2), 2 * (1_500 + 85 + 4 * 170)],
  ["openai", "gpt-4o-audio-preview", "a sound of 10 s", sound(10), 100],
  ["openai", "gpt-6", "a video", video(10), undefined],

  ["host", "qwen2-vl", "a screen", image(1_920, 1_080), 2_691],
  ["host", "qwen2-vl", "a wall", image(8_000, 8_000), 16_384],
  ["host", "llama-4", "small", image(64, 64), 1_120],
  ["host", "llama-4", "an image elsewhere", elsewhere("image/png"), 4_784],
  ["host", "openai/gpt-4o", "1,024 × 1,024", image(1_024, 1_024), 765],
  ["host", "llama-4", "a PDF", pdf(2), undefined],

  // 384 pixels a side are one tile; 960 × 540 are six of 360: Google's own.
  ["google", "gemini-2.5-flash", "384 × 384", image(384, 384), 258],
  ["google", "gemini-2.5-flash", "960 × 540", image(960, 540), 1_548],
  ["google", "gemini-2.5-pro", "a photo", image(4_032, 3_024), 4 * 3 * 258],
  ["google", "gemini-2.5-pro", "an image elsewhere", elsewhere("image/png"), 16 * 258],
  ["google", "gemini-3-pro-preview", "small, measured 1,090 with its prompt", image(256, 256), 1_120],
  ["google", "gemini-3-pro-preview", "an image elsewhere", elsewhere("image/png"), 1_120],
  ["google", "gemini-2.5-pro", "a PDF of 10 pages", pdf(10), 2_580],
  ["google", "gemini-3-flash", "a PDF of 10 pages", pdf(10), 5_600],
  ["google", "gemini-3-flash", "a sound of 10 s", sound(10), 320],
  ["google", "gemini-3-flash", "a video of 10 s", video(10), 3_000],
  ["google", "gemini-3-flash", "a table", elsewhere("application/vnd.ms-excel"), undefined],

  ["bedrock", "us.anthropic.claude-opus-4-7", "a screen", image(1_920, 1_080), 2_691],
  ["bedrock", "us.anthropic.claude-opus-4-7", "a PDF of 2 pages", pdf(2), 9_200],
  // 900 × 900 about 1,300, 1,400 × 900 about 1,800, 1,300 × 1,300 about 2,600: Amazon's own.
  ["bedrock", "amazon.nova-pro-v1:0", "900 × 900", image(900, 900), 1_620],
  ["bedrock", "amazon.nova-pro-v1:0", "1,400 × 900", image(1_400, 900), 2_520],
  ["bedrock", "amazon.nova-pro-v1:0", "1,300 × 1,300", image(1_300, 1_300), 2_600],
  ["bedrock", "amazon.nova-pro-v1:0", "a video of 10 s", video(10), 2_880],
  ["bedrock", "amazon.nova-pro-v1:0", "a video elsewhere", elsewhere("video/mp4"), 17_280],
  ["bedrock", "meta.llama4-scout", "an image", image(900, 900), undefined],
];

describe("files", () => {
  it.each(ROWS)("%s, %s: %s", (provider, id, _what, file, expected) => {
    expect(tokens(at[provider], id, file)).toBe(expected);
  });

  it("a deployment whose id tells nothing goes by the registry's name of the model", () => {
    expect(at.openai.fileTokens?.(image(1_024, 1_024), model("prod-eu-7", "gpt-4o"))).toBe(765);
  });

  it("the same image as base64 counts the same", () => {
    const { data, ...rest } = image(1_024, 1_024);
    const base64 = "bytes" in data ? Buffer.from(data.bytes).toString("base64") : "";
    expect(tokens(at.openai, "gpt-4o", { ...rest, data: { base64 } })).toBe(765);
  });
});

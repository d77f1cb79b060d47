import {
  type FilePart,
  imageSizeOf,
  type ProviderModel,
  patchTokens,
  pdfPagesOf,
  secondsOf,
} from "../../src/kit/index.ts";
import { modelOptions } from "./options.ts";

/**
 * Claude's own rule, for the newest of its models, which see the most: patches of 28 pixels, scaled down to 2,576 pixels and
 * 4,784 tokens; a PDF's page is text, up to 3,000 tokens, and an image (platform.claude.com, "Vision" and "PDF support",
 * November 2026).
 */
const CLAUDE_IMAGE = { side: 28, longest: 2_576, most: 4_784 };
const CLAUDE_PAGE_TOKENS = 4_600;

/**
 * Nova scales an image until a side has about 900 pixels, or keeps a larger one: 800 tokens at 900 × 450, 1,300 at 900 ×
 * 900, 2,600 at 1,300 × 1,300, the largest that is published; video counts as 288 a second, and no more than 960 frames
 * (Amazon Nova user guide, "Image understanding" and "Video understanding", November 2026).
 */
const [NOVA_LEAST_IMAGE, NOVA_MOST_IMAGE, NOVA_PIXELS_PER_TOKEN] = [1_300, 2_600, 500];
const [NOVA_TOKENS_PER_FRAME, NOVA_MOST_FRAMES] = [288, 960];

/** What a file counts for, on the safe side; `undefined` for models whose vendors publish no rule for Bedrock. */
export const fileTokens = (file: FilePart, model: ProviderModel): number | undefined => {
  const { family } = modelOptions(model);
  if (family === "anthropic") return claudeTokens(file);
  return family === "nova" ? novaTokens(file) : undefined;
};

const claudeTokens = (file: FilePart): number | undefined => {
  if (file.mediaType === "application/pdf") return pdfPagesOf(file) * CLAUDE_PAGE_TOKENS;
  return file.mediaType.startsWith("image/") ? patchTokens(imageSizeOf(file), CLAUDE_IMAGE) : undefined;
};

const novaTokens = (file: FilePart): number | undefined => {
  const [kind] = file.mediaType.split("/");
  if (kind === "video") {
    return Math.ceil(Math.min(NOVA_MOST_FRAMES, secondsOf(file)) * NOVA_TOKENS_PER_FRAME);
  }
  if (kind !== "image") return undefined;
  const size = imageSizeOf(file);
  if (size === undefined) return NOVA_MOST_IMAGE;
  const byArea = Math.ceil((size.width * size.height) / NOVA_PIXELS_PER_TOKEN);
  return Math.min(NOVA_MOST_IMAGE, Math.max(NOVA_LEAST_IMAGE, byArea));
};

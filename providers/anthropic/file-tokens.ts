import {
  type FilePart,
  imageSizeOf,
  type ProviderModel,
  patchTokens,
  pdfPagesOf,
  scaledTo,
} from "../../src/kit/index.ts";

/**
 * An image is seen in patches of 28 × 28 pixels, formerly published as width × height / 750: the dearer of the two counts.
 * Up to Claude 4.6 (and Haiku 4.5) it is scaled down to 1,568 pixels and about 1,600 tokens, from Opus 4.7 on to 2,576
 * pixels and 4,784 tokens (platform.claude.com, "Vision", November 2026).
 */
const PATCH_SIDE = 28;
const PIXELS_PER_TOKEN = 750;
const [OLDER, NEWER] = [
  { longest: 1_568, most: 1_600 },
  { longest: 2_576, most: 4_784 },
];
const IS_OLDER = /claude-(?:v?[123](?:[.-]|$)|instant|(?:opus|sonnet|haiku)-4(?!-(?:[7-9]|1\d)(?!\d)))/;

/** Of a PDF, each page counts as its text, 1,500 to 3,000 tokens, and as an image (the same, "PDF support"). */
const TOKENS_PER_PAGE = 3_000 + OLDER.most;

/** What a file counts for, on the safe side. */
export const fileTokens = (file: FilePart, { id }: ProviderModel): number | undefined => {
  if (file.mediaType === "application/pdf") return pdfPagesOf(file) * TOKENS_PER_PAGE;
  return file.mediaType.startsWith("image/") ? imageTokens(file, IS_OLDER.test(id) ? OLDER : NEWER) : undefined;
};

const imageTokens = (file: FilePart, { longest, most }: typeof OLDER): number => {
  const size = imageSizeOf(file);
  if (size === undefined) return most;
  const { width, height } = scaledTo(size, { longest });
  const byArea = Math.ceil((width * height) / PIXELS_PER_TOKEN);
  return Math.min(most, Math.max(byArea, patchTokens(size, { side: PATCH_SIDE, longest, most })));
};

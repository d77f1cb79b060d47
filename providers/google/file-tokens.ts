import {
  type FilePart,
  type ImageSize,
  imageSizeOf,
  type ProviderModel,
  pdfPagesOf,
  scaledTo,
  secondsOf,
  squaresIn,
} from "../../src/kit/index.ts";

/**
 * Up to Gemini 2.5 an image of at most 384 pixels a side counts as 258 tokens, a larger one as 258 for each tile: 768 pixels
 * a side, or less where the shorter side is less than one and a half of them, after scaling down to 3,072 (ai.google.dev,
 * "Understand and count tokens"; Firebase, "Supported input files"; November 2026). A PDF's page counts as an image.
 */
const TILED = /gemini-(?:(?:pro|flash)(?:-|$)|[12][.-])/;
const TOKENS_PER_TILE = 258;
const [SMALL, LEAST_TILE, MOST_TILE, LONGEST] = [384, 256, 768, 3_072];

/** From Gemini 3 on whatever its size, by `media_resolution`, whose default is high (ai.google.dev, "Media resolution"). */
const [TOKENS_PER_IMAGE, TOKENS_PER_PAGE] = [1_120, 560];

/** 32 tokens a second of sound; of video 258 a frame, one a second, and its sound: about 300 ("Understand and count tokens"). */
const [TOKENS_PER_SOUND_SECOND, TOKENS_PER_VIDEO_SECOND] = [32, 300];

/** What a file counts for, on the safe side. */
export const fileTokens = (file: FilePart, { id }: ProviderModel): number | undefined => {
  const isTiled = TILED.test(id);
  const [kind] = file.mediaType.split("/");
  if (kind === "image") return isTiled ? tileTokens(imageSizeOf(file)) : TOKENS_PER_IMAGE;
  if (file.mediaType === "application/pdf") return pdfPagesOf(file) * (isTiled ? TOKENS_PER_TILE : TOKENS_PER_PAGE);
  if (kind === "audio") return Math.ceil(secondsOf(file) * TOKENS_PER_SOUND_SECOND);
  return kind === "video" ? Math.ceil(secondsOf(file) * TOKENS_PER_VIDEO_SECOND) : undefined;
};

const tileTokens = (size: ImageSize = { width: LONGEST, height: LONGEST }): number => {
  if (size.width <= SMALL && size.height <= SMALL) return TOKENS_PER_TILE;
  const scaled = scaledTo(size, { longest: LONGEST });
  const side = Math.min(MOST_TILE, Math.max(LEAST_TILE, Math.floor(Math.min(scaled.width, scaled.height) / 1.5)));
  return squaresIn(scaled, side) * TOKENS_PER_TILE;
};

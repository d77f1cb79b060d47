import {
  type FilePart,
  type ImageSize,
  imageSizeOf,
  type ProviderModel,
  patchTokens,
  pdfPagesOf,
  scaledTo,
  secondsOf,
  squaresIn,
} from "../../src/kit/index.ts";

/** Tokens of one image; of one whose size is not known, the most that it may be. */
type ImageRule = (size: ImageSize | undefined, detail: FilePart["detail"]) => number;

/** Scaled to fit 2,048 pixels, the shorter side 768; a base for the whole, and so many for each square of 512. */
const tiles =
  (base: number, each: number): ImageRule =>
  (size = { width: 2_048, height: 768 }, detail) =>
    base + (detail === "low" ? 0 : each * squaresIn(scaledTo(size, { longest: 2_048, shortest: 768 }), 512));

/** Patches of 32 pixels, no more than the budget, times what one counts for at this model. */
const patches =
  (most: number, factor: number): ImageRule =>
  (size) =>
    Math.ceil(patchTokens(size, { side: 32, most }) * factor);

/**
 * OpenAI's models ("Images and vision", November 2026): the first that fits counts. Measured figures that lie below the
 * published ones (gpt-5-mini: 1.2 a patch instead of 1.62) are left out: the dearer counts.
 */
const OPENAI_MODELS: readonly (readonly [model: RegExp, rule: ImageRule])[] = [
  [/^gpt-4o-mini/, tiles(2_833, 5_667)],
  [/^gpt-(?:4\.1|5(?:\.\d)?)-mini/, patches(1_536, 1.62)],
  [/^gpt-(?:4\.1|5(?:\.\d)?)-nano/, patches(1_536, 2.46)],
  [/^(?:o4-mini|codex-mini)/, patches(1_536, 1.72)],
  [/^(?:gpt-4|chatgpt-4o)/, tiles(85, 170)],
  [/^o[13](?:-|$)/, tiles(75, 150)],
  [/^gpt-5(?:\.1)?(?:-|$)/, tiles(70, 140)],
  [/^computer-use/, tiles(65, 129)],
];

/**
 * From gpt-5.4 on: 1.2 tokens a patch; with `detail: "high"` 2,500 patches, else as it is, up to 10,000 and 6,000 pixels.
 * Measured of gpt-6: 11,970 patches, not scaled down (the "image-token-cost" data set, 2026); so a quarter more is allowed.
 */
const newest: ImageRule = (size, detail) =>
  detail === "high"
    ? Math.ceil(patchTokens(size, { side: 32, longest: 2_048, most: 2_500 }) * 1.2)
    : Math.ceil(patchTokens(size, { side: 32, longest: 6_000, most: 12_500 }) * 1.2);

/**
 * Models of others: nearly all see patches of 28 pixels or larger ones. Qwen takes the most, up to 16,384 (model card of
 * Qwen2-VL), Gemini 3 the most of a small image, 1,120. Of an unknown size: what all but Qwen stay below.
 */
const foreign: ImageRule = (size) =>
  size === undefined ? 4_784 : Math.max(1_120, patchTokens(size, { side: 28, most: 16_384 }));

/** Of a PDF the text of each page, and its picture, here taken for a letter at 144 dots an inch ("File inputs"). */
const PAGE_TEXT_TOKENS = 1_500;
const PAGE: ImageSize = { width: 1_224, height: 1_584 };
/** A token each 100 ms (measured of gpt-4o-audio; the price list says the same in words). */
const TOKENS_PER_SOUND_SECOND = 10;

/** A file at OpenAI, on the safe side. A deployment's name tells nothing: then the registry's name of the model may. */
export const openaiFileTokens = (file: FilePart, model: ProviderModel): number | undefined =>
  tokensBy(openaiRule(model) ?? newest, file);

/** A file at any other host, which may serve OpenAI's models too (`openai/gpt-4o`). */
export const fileTokens = (file: FilePart, model: ProviderModel): number | undefined => {
  const own = openaiRule(model);
  if (own !== undefined) return tokensBy(own, file);
  return file.mediaType.startsWith("image/") ? foreign(imageSizeOf(file), file.detail) : undefined;
};

const openaiRule = ({ id, name }: ProviderModel): ImageRule | undefined => {
  const [served, called] = [id, name].map((each) => each.slice(each.lastIndexOf("/") + 1).toLowerCase());
  return OPENAI_MODELS.find(([model]) => model.test(served ?? "") || model.test(called ?? ""))?.[1];
};

const tokensBy = (rule: ImageRule, file: FilePart): number | undefined => {
  if (file.mediaType.startsWith("image/")) return rule(imageSizeOf(file), file.detail);
  if (file.mediaType === "application/pdf") return pdfPagesOf(file) * (PAGE_TEXT_TOKENS + rule(PAGE, "high"));
  return file.mediaType.startsWith("audio/") ? Math.ceil(secondsOf(file) * TOKENS_PER_SOUND_SECOND) : undefined;
};

import type { FilePart, ProviderModel } from "../contract/index.ts";
import { imageSizeOf, patchTokens, pdfPagesOf, secondsOf } from "../kit/index.ts";

/** The most that a large image makes at vendors which scale it down by a published rule, but for OpenAI's newest models. */
const MOST_PER_IMAGE = 4_784;
/** Of text and picture together, on the safe side of what vendors publish for a dense page. */
const TOKENS_PER_PAGE = 3_000;
const [TOKENS_PER_SOUND_SECOND, TOKENS_PER_VIDEO_SECOND] = [32, 300];
/** Whatever else it is. */
const TOKENS_PER_FILE = 1_600;

/** Whoever has a rule of its own, as far as it matters here. */
interface Ruling {
  fileTokens?(file: FilePart, model: ProviderModel): number | undefined;
}

/** Input tokens of a file at a model: by its provider's own rule, else by what is usual. A rule that fails is none. */
export const fileTokensAt = (provider: Ruling, model: ProviderModel, file: FilePart): number => {
  let tokens: number | undefined;
  try {
    tokens = provider.fileTokens?.(file, model);
  } catch {
    // A figure too few is no reason for a call to fail.
  }
  return tokens !== undefined && Number.isFinite(tokens) && tokens >= 0 ? Math.ceil(tokens) : tokensAnywhere(file);
};

/** On the safe side, for a vendor that is not known. */
const tokensAnywhere = (file: FilePart): number => {
  const [kind] = file.mediaType.split("/");
  if (kind === "image") return patchTokens(imageSizeOf(file), { side: 28, most: MOST_PER_IMAGE });
  if (file.mediaType === "application/pdf") return pdfPagesOf(file) * TOKENS_PER_PAGE;
  if (kind === "audio") return Math.ceil(secondsOf(file) * TOKENS_PER_SOUND_SECOND);
  if (kind === "video") return Math.ceil(secondsOf(file) * TOKENS_PER_VIDEO_SECOND);
  return TOKENS_PER_FILE;
};

import type { ImageSize } from "./image-size.ts";

/** Most that a side may have before an image is scaled down, its shape kept. */
export interface ScaleLimits {
  readonly longest?: number | undefined;
  readonly shortest?: number | undefined;
}

/** An image scaled down to fit; never up. */
export const scaledTo = ({ width, height }: ImageSize, { longest, shortest }: ScaleLimits): ImageSize => {
  const byLongest = longest === undefined ? 1 : longest / Math.max(width, height);
  const byShortest = shortest === undefined ? 1 : shortest / Math.min(width, height);
  const factor = Math.min(1, byLongest, byShortest);
  return { width: Math.max(1, width * factor), height: Math.max(1, height * factor) };
};

/** Squares of so many pixels a side that cover an image. */
export const squaresIn = ({ width, height }: ImageSize, side: number): number =>
  Math.ceil(width / side) * Math.ceil(height / side);

export interface PatchRule {
  /** Of a patch, in pixels. */
  readonly side: number;
  /** A larger image is scaled down until it makes no more than this. */
  readonly most: number;
  /** Most pixels of the longer side before patches are counted. */
  readonly longest?: number | undefined;
}

/** Patches that a vendor sees of an image: one each for so many square pixels. All that may be, where its size is unknown. */
export const patchTokens = (size: ImageSize | undefined, { side, most, longest }: PatchRule): number =>
  size === undefined ? most : Math.min(most, squaresIn(scaledTo(size, { longest }), side));

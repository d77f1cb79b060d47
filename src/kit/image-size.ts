/** In pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** No vendor takes more; what a header says beyond it is not believed. */
const MOST_PIXELS_A_SIDE = 100_000;
/** Blocks of a JPEG that are stepped over before its size must have come. */
const MOST_BLOCKS = 1_000;

/**
 * Width and height of a PNG, JPEG, GIF or WebP, read from its header; nothing is decoded. `undefined` where the bytes are
 * something else, or are cut off before they say it. Never throws, and looks at few bytes, however large the file is.
 */
export const imageSize = (bytes: Uint8Array): ImageSize | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = pngSize(view) ?? gifSize(view) ?? webpSize(view) ?? jpegSize(view);
  return size !== undefined && isSide(size.width) && isSide(size.height) ? size : undefined;
};

const isSide = (pixels: number): boolean => pixels >= 1 && pixels <= MOST_PIXELS_A_SIDE;

const says = (view: DataView, at: number, word: string): boolean => {
  if (at + word.length > view.byteLength) return false;
  for (let index = 0; index < word.length; index += 1) {
    if (view.getUint8(at + index) !== word.charCodeAt(index)) return false;
  }
  return true;
};

const pngSize = (view: DataView): ImageSize | undefined => {
  if (view.byteLength < 24 || !says(view, 0, "\x89PNG\r\n\x1a\n") || !says(view, 12, "IHDR")) return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20) };
};

const gifSize = (view: DataView): ImageSize | undefined => {
  if (view.byteLength < 10 || !(says(view, 0, "GIF87a") || says(view, 0, "GIF89a"))) return undefined;
  return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
};

/** Three kinds: extended (with a canvas), lossless and lossy. */
const webpSize = (view: DataView): ImageSize | undefined => {
  if (view.byteLength < 30 || !says(view, 0, "RIFF") || !says(view, 8, "WEBP")) return undefined;
  if (says(view, 12, "VP8X")) {
    // Two numbers of 24 bits, each one less than it is.
    return { width: (view.getUint32(24, true) & 0xffffff) + 1, height: (view.getUint32(26, true) >>> 8) + 1 };
  }
  if (says(view, 12, "VP8L") && view.getUint8(20) === 0x2f) {
    const packed = view.getUint32(21, true);
    return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
  }
  if (!says(view, 12, "VP8 ") || !says(view, 23, "\x9d\x01\x2a")) return undefined;
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
};

/** Steps from block to block up to the first that begins a frame. */
const jpegSize = (view: DataView): ImageSize | undefined => {
  if (!says(view, 0, "\xff\xd8")) return undefined;
  let at = 2;
  for (let block = 0; block < MOST_BLOCKS && at + 9 <= view.byteLength; block += 1) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (isFrame(marker)) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    // Filling, and what stands alone, has no length.
    if (marker === 0xff) at += 1;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) at += 2;
    else at += 2 + Math.max(2, view.getUint16(at + 2));
  }
  return undefined;
};

/** C0 to CF, without the tables among them. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

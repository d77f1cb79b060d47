/** What a file says of its own size, read from headers that are built here byte by byte. */
import { imageSize, imageSizeOf, pdfPagesOf, secondsOf } from "headgate/kit";
import { describe, expect, it } from "vitest";

const ascii = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));
const big = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, index) => (value >>> (8 * (bytes - 1 - index))) & 0xff);
const little = (value: number, bytes: number): number[] => big(value, bytes).reverse();

const png = (width: number, height: number): number[] => [
  0x89,
  ...ascii("PNG\r\n\x1a\n"),
  ...big(13, 4),
  ...ascii("IHDR"),
  ...big(width, 4),
  ...big(height, 4),
  ...[8, 6, 0, 0, 0],
];
const gif = (width: number, height: number): number[] => [
  ...ascii("GIF89a"),
  ...little(width, 2),
  ...little(height, 2),
  ...[0xf7, 0, 0],
];
const riff = (kind: string, rest: readonly number[]): number[] => [
  ...ascii("RIFF"),
  ...little(rest.length + 12, 4),
  ...ascii(`WEBP${kind}`),
  ...little(rest.length, 4),
  ...rest,
];
const webpLossy = (width: number, height: number): number[] =>
  riff("VP8 ", [0x30, 0x01, 0x00, 0x9d, 0x01, 0x2a, ...little(width, 2), ...little(height, 2)]);
const webpLossless = (width: number, height: number): number[] =>
  riff("VP8L", [0x2f, ...little((width - 1) | ((height - 1) << 14), 4), ...ascii("rest of it")]);
const webpExtended = (width: number, height: number): number[] =>
  riff("VP8X", [0x10, 0, 0, 0, ...little(width - 1, 3), ...little(height - 1, 3)]);
const block = (marker: number, size: number): number[] => [
  0xff,
  marker,
  ...big(size + 2, 2),
  ...Array(size).fill(0x55),
];
const jpeg = (width: number, height: number, before: readonly number[] = [], frame = 0xc0): number[] => [
  ...[0xff, 0xd8],
  ...block(0xe0, 14),
  ...before,
  ...[0xff, frame],
  ...big(17, 2),
  8,
  ...big(height, 2),
  ...big(width, 2),
  ...[3, 1, 0x22, 0],
];

const SIZES = [
  [1, 1],
  [640, 480],
  [1_920, 1_080],
  [4_032, 3_024],
  [16_000, 9],
] as const;

const KINDS: Readonly<Record<string, (width: number, height: number) => number[]>> = {
  png,
  gif,
  "webp, lossy": webpLossy,
  "webp, lossless": webpLossless,
  "webp, extended": webpExtended,
  jpeg,
  "jpeg, progressive": (width, height) => jpeg(width, height, [], 0xc2),
  "jpeg with tables, a colour profile and a preview before its size": (width, height) =>
    jpeg(width, height, [...block(0xe1, 60_000), ...block(0xc4, 400), ...block(0xe2, 3_144), 0xff, ...block(0xdb, 65)]),
};

describe("width and height", () => {
  it.each(Object.entries(KINDS))("%s", (_kind, build) => {
    for (const [width, height] of SIZES) {
      expect(imageSize(Uint8Array.from(build(width, height)))).toEqual({ width, height });
    }
  });

  it("of bytes that lie inside others", () => {
    const around = Uint8Array.from([1, 2, 3, ...png(30, 40), 9]);
    expect(imageSize(around.subarray(3, -1))).toEqual({ width: 30, height: 40 });
  });

  const CUT: readonly (readonly [string, number[]])[] = [
    ["nothing", []],
    ["words", ascii("this is no image at all, whatever it calls itself")],
    ["a jpeg that ends before its size", jpeg(10, 10).slice(0, 22)],
    ["a png that is cut", png(10, 10).slice(0, 20)],
    ["a png without a side", png(0, 10)],
    ["a png larger than can be", png(0xffffffff, 10)],
    ["a jpeg of nothing but fill bytes", [0xff, 0xd8, ...Array(5_000).fill(0xff)]],
  ];
  it.each(CUT)("unknown of %s", (_what, bytes) => {
    expect(imageSize(Uint8Array.from(bytes))).toBeUndefined();
  });

  it("X6: 100,000 broken headers: never a throw, never a side that cannot be", () => {
    let state = 12_345;
    const drawn = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % below;
    };
    const whole = Object.values(KINDS).map((build) => Uint8Array.from(build(800, 600)).slice(0, 700));
    for (let round = 0; round < 100_000; round += 1) {
      const bytes = (whole[drawn(whole.length)] ?? new Uint8Array()).slice();
      for (let change = drawn(6); change > 0; change -= 1) bytes[drawn(Math.min(64, bytes.length))] = drawn(256);
      const size = imageSize(drawn(3) === 0 ? bytes.subarray(0, drawn(bytes.length + 1)) : bytes);
      if (size === undefined) continue;
      const sound = [size.width, size.height].every((side) => Number.isInteger(side) && side >= 1 && side <= 100_000);
      if (!sound) expect.fail(`${JSON.stringify(size)} of ${Buffer.from(bytes).toString("hex")}`);
    }
  });
});

const file = (mediaType: string, data: Parameters<typeof imageSizeOf>[0]["data"]) =>
  ({ type: "file", mediaType, data }) as const;

describe("files as they are sent", () => {
  const photo = Buffer.from(jpeg(4_032, 3_024, block(0xe1, 50_000)));

  it("as bytes, as base64, and where they are elsewhere", () => {
    expect(imageSizeOf(file("image/jpeg", { bytes: photo }))).toEqual({ width: 4_032, height: 3_024 });
    expect(imageSizeOf(file("image/jpeg", { base64: photo.toString("base64") }))?.width).toBe(4_032);
    expect(imageSizeOf(file("image/jpeg", { url: "https://example.com/a.jpg" }))).toBeUndefined();
    expect(imageSizeOf(file("image/jpeg", { fileId: "f", provider: "p" }))).toBeUndefined();
    expect(imageSizeOf(file("image/jpeg", { base64: "%%%" }))).toBeUndefined();
  });

  it("bytes are read once, in however many messages they are", () => {
    const bytes = Uint8Array.from(png(300, 200));
    expect(imageSizeOf(file("image/png", { bytes }))?.width).toBe(300);
    bytes.fill(0);
    expect(imageSizeOf(file("image/png", { bytes }))?.width).toBe(300);
  });

  const page = "<< /Type /Page /Parent 2 0 R >>\n".padEnd(400, " ");
  const PDFS: readonly (readonly [string, string, number])[] = [
    ["its pages, and not the list of them", `%PDF-1.4\n<< /Type /Pages /Count 3 >>\n${page.repeat(3)}`, 3],
    ["written without spaces", `%PDF-1.4\n${page.replace("/Type /Page", "/Type/Page").repeat(7)}`, 7],
    ["packed, but written for the web", "%PDF-1.5\n<< /Linearized 1 /L 9 /N 12 >>\n".padEnd(90_000, "x"), 12],
    ["packed: by its size", "%PDF-1.5\n".padEnd(240_000, "x"), 5],
    ["a lie", "%PDF-1.5\n<< /Linearized 1 /N 999999 >>".padEnd(1_000, "x"), 20],
    ["empty", "", 1],
  ];
  it.each(PDFS)("a PDF's pages: %s", (_what, text, pages) => {
    expect(pdfPagesOf(file("application/pdf", { bytes: Buffer.from(text) }))).toBe(pages);
    expect(pdfPagesOf(file("application/pdf", { base64: Buffer.from(text).toString("base64") }))).toBe(pages);
  });

  it("a PDF elsewhere has ten pages, none more than a thousand", () => {
    expect(pdfPagesOf(file("application/pdf", { url: "https://example.com/a.pdf" }))).toBe(10);
    expect(pdfPagesOf(file("application/pdf", { bytes: Buffer.from(page.repeat(1_500)) }))).toBe(1_000);
  });

  it("seconds by size, at a bit rate rather low", () => {
    expect(secondsOf(file("audio/mpeg", { bytes: new Uint8Array(80_000) }))).toBe(10);
    expect(secondsOf(file("audio/wav", { bytes: new Uint8Array(320_000) }))).toBe(10);
    expect(secondsOf(file("video/mp4", { base64: Buffer.alloc(1_250_000).toString("base64") }))).toBe(10);
    expect(secondsOf(file("video/mp4", { url: "https://example.com/a.mp4" }))).toBe(60);
  });
});

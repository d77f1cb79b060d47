/** Far enough for nearly all; a longer file is taken to go on as it began. */
const SEARCHED_BYTES = 16 * 1_024 * 1_024;
/** Where pages are packed away and cannot be seen: about a page of text with a picture. */
const BYTES_PER_PAGE = 50_000;
/** The least bytes that a page takes: what claims more pages than fit is not believed. */
const LEAST_BYTES_PER_PAGE = 50;
/** What vendors take at most (Gemini 1,000 pages, Anthropic 600: their documentation, November 2026). */
const MOST_PAGES = 1_000;
/** What a linearized file says of itself stands this near to its beginning. */
const HEAD_BYTES = 1_024;

/**
 * Pages of a PDF, from 1: those that can be seen without unpacking anything, else what a file that is written for the web
 * says of itself, else by its size. Never throws.
 */
export const pdfPages = (bytes: Uint8Array): number => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const searched = buffer.subarray(0, SEARCHED_BYTES);
  const seen = Math.max(pagesSeen(searched, "/Type /Page"), pagesSeen(searched, "/Type/Page"));
  const scaled = Math.ceil(seen * (buffer.length / Math.max(1, searched.length)));
  const pages = Math.max(scaled, pagesSaid(searched));
  const believed = Math.min(pages, Math.ceil(buffer.length / LEAST_BYTES_PER_PAGE));
  return Math.max(1, Math.min(MOST_PAGES, believed > 0 ? believed : Math.ceil(buffer.length / BYTES_PER_PAGE)));
};

const LETTER_S = 0x73;

/** Not the list of them, `/Pages`. */
const pagesSeen = (buffer: Buffer, mark: string): number => {
  let pages = 0;
  for (let at = buffer.indexOf(mark); at >= 0; at = buffer.indexOf(mark, at + mark.length)) {
    if (buffer[at + mark.length] !== LETTER_S) pages += 1;
  }
  return pages;
};

const pagesSaid = (buffer: Buffer): number => {
  const head = buffer.toString("latin1", 0, HEAD_BYTES);
  const [, said] = head.includes("/Linearized") ? (/\/N\s+(\d{1,6})\b/.exec(head) ?? []) : [];
  return Number(said ?? 0);
};

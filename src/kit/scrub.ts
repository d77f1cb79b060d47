import type { GenerateRequest, Part } from "../contract/index.ts";

const REDACTED = "[redacted]";
/** Longest message that is kept of a vendor's error, in characters. */
const MAX_MESSAGE = 2_048;
/** A run of this many characters that also stands in the request is taken for a quotation. */
const RUN = 12;
/** Texts shorter than a run count as quoted when they stand whole in the message, from this length up. */
const SHORT = 4;
/** Beyond this many characters of request, the message is dropped rather than searched. */
const MAX_SEARCHED = 2_000_000;

/**
 * A vendor's message without secrets and without the request's own words (vendors quote both). Linear in the length of
 * both. `secrets`: exact ones known to be in play; whatever looks like a key goes too.
 */
export const scrub = (message: string, secrets: readonly string[], texts: Iterable<string>): string => {
  // Cut last: half a key at the end would look like no key.
  let kept = message.slice(0, 2 * MAX_MESSAGE);
  for (const secret of secrets) if (secret.length >= SHORT) kept = kept.replaceAll(secret, REDACTED);
  return withoutQuotations(withoutKeys(kept), texts).slice(0, MAX_MESSAGE);
};

/** Words that could be keys: prefixed as vendors prefix them, or long and random. */
const withoutKeys = (message: string): string =>
  message.replace(/[A-Za-z0-9_+/=.*-]{7,}[A-Za-z0-9_+/=*-]/g, (word) => (looksSecret(word) ? REDACTED : word));

const looksSecret = (word: string): boolean => {
  if (/^(sk|pk|rk|key|AIza|ya29|xai|gsk|Bearer|eyJ)[-_A-Za-z0-9.*]/.test(word) && word.length >= 12) return true;
  return word.length >= 24 && /\d/.test(word) && /[a-zA-Z]/.test(word) && !/^[a-z0-9]+([-_.][a-z0-9]+)*$/.test(word);
};

const withoutQuotations = (message: string, texts: Iterable<string>): string => {
  const quoted = new Uint8Array(message.length);
  const runs = runsOf(message);
  let searched = 0;
  for (const text of texts) {
    searched += text.length;
    if (searched > MAX_SEARCHED) return "";
    if (text.length >= RUN) markRuns(text, runs, quoted);
    else if (text.length >= SHORT) markWhole(text, message, quoted);
  }
  return redacted(message, quoted);
};

const runsOf = (message: string): Map<string, number[]> => {
  const runs = new Map<string, number[]>();
  for (let at = 0; at + RUN <= message.length; at += 1) {
    const run = message.slice(at, at + RUN);
    const places = runs.get(run);
    if (places === undefined) runs.set(run, [at]);
    else places.push(at);
  }
  return runs;
};

const markRuns = (text: string, runs: Map<string, number[]>, quoted: Uint8Array): void => {
  for (let at = 0; at + RUN <= text.length; at += 1) {
    const run = text.slice(at, at + RUN);
    const places = runs.get(run);
    if (places === undefined) continue;
    for (const place of places) quoted.fill(1, place, place + RUN);
    runs.delete(run);
  }
};

const markWhole = (text: string, message: string, quoted: Uint8Array): void => {
  for (let at = message.indexOf(text); at >= 0; at = message.indexOf(text, at + text.length)) {
    quoted.fill(1, at, at + text.length);
  }
};

const redacted = (message: string, quoted: Uint8Array): string => {
  let result = "";
  for (let at = 0; at < message.length; at += 1) {
    if (quoted[at] !== 1) result += message[at];
    else if (at === 0 || quoted[at - 1] !== 1) result += REDACTED;
  }
  return result;
};

/** Everything in a request that is its caller's own words. */
export const requestTexts = function* (request: GenerateRequest): Iterable<string> {
  for (const { content } of request.messages) {
    if (typeof content === "string") yield content;
    else for (const part of content) yield* partTexts(part);
  }
  for (const tool of request.tools ?? []) if (tool.type === "function" && tool.description) yield tool.description;
  for (const text of request.stop ?? []) yield text;
  if (request.user !== undefined) yield request.user;
};

const partTexts = function* (part: Part): Iterable<string> {
  if (part.type === "tool-call") yield JSON.stringify(part.input);
  else if (part.type === "tool-result")
    yield typeof part.output === "string" ? part.output : JSON.stringify(part.output);
  else if (part.type === "file") {
    if (part.filename !== undefined) yield part.filename;
    if ("url" in part.data) yield part.data.url;
  } else if (part.type !== "source") yield part.text;
};

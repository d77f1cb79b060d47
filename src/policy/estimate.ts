import type { FilePart, GenerateRequest, JsonSchema, ResolvedSchema } from "../contract/index.ts";
import { readRequest } from "./read-request.ts";

/** Bytes of text a token stands for, on the safe side: real ratios run from 2 (code, CJK) to 5 (plain English). */
const BYTES_PER_TOKEN = 3;
/** The same as it is likely: about right for English. */
const LIKELY_BYTES_PER_TOKEN = 4;
/** For roles and separators, by message. */
const TOKENS_PER_MESSAGE = 4;
/**
 * For an image, PDF or sound where no model is chosen yet: about a large image at OpenAI or Anthropic. A model that is left
 * out by a figure too high is never asked, while one that is asked in vain says so, and the next one answers.
 */
const TOKENS_PER_FILE = 1_600;

/** How large a request is, whoever is to answer it. */
export interface Measure {
  /** Of all text: prompts, tools, schemas, text files. */
  readonly textBytes: number;
  readonly messages: number;
  /** What is no text, or is not at hand. */
  readonly files: readonly FilePart[];
}

/** Tokens that a byte of text makes. */
export interface InputRatio {
  /** On the safe side: for what is reserved. */
  readonly most: number;
  /** In the middle: for what is charged where nobody said what it was. */
  readonly likely: number;
}

/** Until it is known better. */
export const USUAL_RATIO: InputRatio = { most: 1 / BYTES_PER_TOKEN, likely: 1 / LIKELY_BYTES_PER_TOKEN };

const measures = new WeakMap<GenerateRequest, Measure>();

/** Measured once, however often it is asked for: by the router, and by whoever learns from the answer. */
export const measureOf = (request: GenerateRequest): Measure => {
  let measure = measures.get(request);
  if (measure === undefined) {
    measure = take(request);
    measures.set(request, measure);
  }
  return measure;
};

/**
 * Input tokens of a request at any model: meant to be too high rather than too low. From its bytes, or from the tokens of
 * its text where these were counted.
 */
export const estimateInputTokens = (request: GenerateRequest, counted?: number): number => {
  const measure = measureOf(request);
  const text = counted === undefined ? textTokens(measure, USUAL_RATIO.most) : countedTokens(measure, counted);
  return text + usualFileTokens(measure);
};

/** Of files, where no model is chosen yet. */
export const usualFileTokens = ({ files }: Measure): number => files.length * TOKENS_PER_FILE;

/** Of all but the files. */
export const textTokens = ({ textBytes, messages }: Measure, ratio: number): number =>
  Math.ceil(textBytes * ratio) + messages * TOKENS_PER_MESSAGE;

/** The same, where the text was counted. */
export const countedTokens = ({ messages }: Measure, counted: number): number =>
  counted + messages * TOKENS_PER_MESSAGE;

/** What a byte of a request's text made in the end. */
export const ratioOf = ({ textBytes, messages }: Measure, tokens: number): number =>
  (tokens - messages * TOKENS_PER_MESSAGE) / textBytes;

const take = (request: GenerateRequest): Measure => {
  let textBytes = 0;
  const files: FilePart[] = [];
  readRequest(request, {
    text(text) {
      textBytes += Buffer.byteLength(text);
    },
    schema(schema) {
      textBytes += schemaBytes(schema);
    },
    file(file) {
      const bytes = textBytesOf(file);
      if (bytes === undefined) files.push(file);
      else textBytes += bytes;
    },
  });
  return { textBytes, messages: request.messages.length, files };
};

const sizes = new WeakMap<JsonSchema, number>();

/** A schema is resolved once and used often: so is its size. */
const schemaBytes = ({ schema }: ResolvedSchema): number => {
  let size = sizes.get(schema);
  if (size === undefined) {
    size = Buffer.byteLength(JSON.stringify(schema));
    sizes.set(schema, size);
  }
  return size;
};

/** A text file counts as text, where it is at hand. */
const textBytesOf = ({ mediaType, data }: FilePart): number | undefined => {
  if (!mediaType.startsWith("text/")) return undefined;
  if ("bytes" in data) return data.bytes.byteLength;
  return "base64" in data ? Buffer.byteLength(data.base64, "base64") : undefined;
};

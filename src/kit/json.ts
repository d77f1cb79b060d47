import type { Json } from "../contract/index.ts";

export type JsonObject = { readonly [key: string]: Json };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** More tokens than any answer can have: beyond it a figure is a vendor's fault. */
const MAX_COUNT = 1e12;

/** A vendor's figure, if it is one that can be meant: a whole number from 0 up. */
export const count = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MAX_COUNT
    ? (value as number)
    : undefined;

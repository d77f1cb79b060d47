import { decimal } from "./decimal.ts";

/** No answer costs more: beyond it, a price is a vendor's fault. */
const MOST_USD = 1e6;
const NANO_DIGITS = 9;

/** A vendor's own price of an answer, in integer nano-dollars, rounded up; nothing where there is none that can be meant. */
export const reportedNanoUsd = (usd: number | undefined): number | undefined =>
  usd !== undefined && usd >= 0 && usd <= MOST_USD ? Number(decimal(usd, NANO_DIGITS)) : undefined;

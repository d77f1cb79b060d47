/**
 * The decimal that a person wrote, as an exact integer of 10^-digits: `decimal(0.1, 3)` is 100n. Reads the shortest decimal
 * of the double, which is what was written; digits beyond `digits` round up.
 */
export const decimal = (value: number, digits: number): bigint => {
  const [mantissa = "0", exponent = "0"] = String(value).split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  const shift = digits + Number(exponent) - fraction.length;
  const integer = BigInt(whole + fraction);
  if (shift >= 0) return integer * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return (integer + divisor - 1n) / divisor;
};

import type { Usage } from "../contract/index.ts";

/** A count beyond this is a vendor's fault, not a bill (more tokens than any model could say in a year). */
const MAX_UNITS = 1e12;

/** Whether a vendor can mean these figures. What it cannot mean moves neither money nor limits (PROMISES.md X6). Pure. */
export const isPlausible = ({ input, output, meters }: Usage): boolean =>
  [...Object.values(input), ...Object.values(output), ...Object.values(meters)].every(
    (units) => Number.isSafeInteger(units) && units >= 0 && units <= MAX_UNITS,
  ) && output.reasoning <= output.total;

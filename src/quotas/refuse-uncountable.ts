import { type Counter, type CounterTemplate, GatewayError, type QuotaLevel } from "../contract/index.ts";

const MOST = 9e15;
/** Of a bucket, which is counted in 1/60,000. */
const MOST_IN_A_BUCKET = 1e11;

/**
 * A registry's figures were checked when it was loaded; those of the application's own `tenants` function come unchecked.
 * Throws `registry_invalid` for what no store could count.
 */
export const refuseUncountable = (tenantId: string, levels: readonly QuotaLevel[]): void => {
  const wrong = levels.flatMap(({ template }) => template.counters.filter((each) => !isCountable(each)));
  if (wrong.length === 0) return;
  const issues = wrong.map(({ label }) => ({
    path: `tenants("${tenantId}")`,
    message: `${label}: expected a whole number of requests or tokens from 1, dollars from 0 to 9000000, and a time zone`,
  }));
  const labels = wrong.map(({ label }) => label).join(", ");
  throw new GatewayError("registry_invalid", `The limits of the tenant "${tenantId}" cannot be kept: ${labels}.`, {
    details: { issues, source: "tenants" },
  });
};

const isCountable = ({ at }: CounterTemplate): boolean => {
  try {
    return isCountableNow(at(0));
  } catch {
    // A time zone that nobody knows.
    return false;
  }
};

const isCountableNow = (counter: Counter): boolean => {
  if (counter.type !== "bucket") return isWhole(counter.cap, MOST);
  const { cap, perMinute } = counter;
  return isWhole(cap, MOST_IN_A_BUCKET) && isWhole(perMinute, MOST_IN_A_BUCKET) && cap > 0 && perMinute > 0;
};

const isWhole = (figure: number, most: number): boolean => Number.isInteger(figure) && figure >= 0 && figure <= most;

/** CPU time of this process (user and system, all threads, GC included) for `calls` calls, in microseconds a call. */
export const cpuPerCall = async (calls: number, inFlight: number, call: () => Promise<void>): Promise<number> => {
  let left = calls;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: inFlight }, worker));
  return cpuOf(before) / calls;
};

/** CPU time of this process since then, in microseconds. */
export const cpuOf = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

export const median = (figures: readonly number[]): number => {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

/** Median and, in brackets, least and most. */
export const spread = (figures: readonly number[], digits = 1): string => {
  const [least, most] = [Math.min(...figures), Math.max(...figures)];
  return `${median(figures).toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
};

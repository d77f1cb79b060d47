/** How long things took, in steps of 4 %: small enough to be sent from process to process. */
export class Times {
  readonly counts: number[];

  constructor(counts: readonly number[] = []) {
    this.counts = [...counts];
  }

  add(ms: number): void {
    const step = ms <= LEAST_MS ? 0 : Math.ceil(Math.log(ms / LEAST_MS) / GROWTH);
    this.counts[step] = (this.counts[step] ?? 0) + 1;
  }

  /** Milliseconds below which this share of them stayed. */
  below(share: number): number {
    const all = this.counts.reduce((sum, count = 0) => sum + count, 0);
    let sum = 0;
    for (let step = 0; step < this.counts.length; step += 1) {
      sum += this.counts[step] ?? 0;
      if (sum >= share * all) return step === 0 ? 0 : LEAST_MS * Math.exp(step * GROWTH);
    }
    return Number.NaN;
  }

  static all(each: readonly (readonly number[])[]): Times {
    const sum = new Times();
    for (const counts of each) {
      for (const [step, count] of counts.entries()) sum.counts[step] = (sum.counts[step] ?? 0) + (count ?? 0);
    }
    return sum;
  }
}

const LEAST_MS = 0.005;
const GROWTH = Math.log(1.04);

/** What a process noted before it died: what its calls had used, and what the store may have as its last word. */
export interface Noted {
  readonly billed: bigint;
  /** All that it said it had used and held, by its last claim that was answered, or by one that may still have been heard. */
  readonly possible: readonly (readonly [bigint, bigint])[];
}

export const noted = (text: string): Noted => {
  let billed = 0n;
  let used = 0n;
  let saying: { used: bigint; keep: bigint; want: bigint } | undefined;
  let heard: readonly [bigint, bigint] = [0n, 0n];
  for (const line of text.trim().split("\n")) {
    const [what, ...figures] = line.split(" ");
    if (what === "used") billed += BigInt(figures[0] ?? 0);
    else if (what === "claim") {
      const [said = "same", keep = 0, want = 0] = figures;
      saying = { used: said === "same" ? used : BigInt(said), keep: BigInt(keep), want: BigInt(want) };
    } else if (saying !== undefined && figures[0] !== "stale") {
      used = saying.used;
      const all = used + saying.keep + BigInt(figures[0] ?? 0);
      heard = [all, all];
      saying = undefined;
    } else saying = undefined;
  }
  const unheard = saying && ([saying.used + saying.keep, saying.used + saying.keep + saying.want] as const);
  return { billed, possible: unheard === undefined ? [heard] : [heard, unheard] };
};

/** Text columns for a terminal: words to the left, figures to the right. */
export const textTable = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const isFigure = head.map((_, column) => rows.every((row) => /^([$~]?-?\d|–|unknown$)/.test(row[column] ?? "")));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (isFigure[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  return [head, ...rows].map(line).join("\n");
};

export const percent = (share: number | undefined, digits = 1): string =>
  share === undefined ? "unknown" : `${(share * 100).toFixed(digits)} %`;

/** Dollars with about four digits that mean something. */
export const dollars = (usd: number | undefined): string => {
  if (usd === undefined) return "unknown";
  const digits = usd === 0 ? 2 : Math.min(9, Math.max(2, 3 - Math.floor(Math.log10(Math.abs(usd)))));
  return `$${usd.toFixed(digits)}`;
};

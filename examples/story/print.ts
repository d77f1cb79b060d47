import { styleText } from "node:util";

/** Colours on a terminal alone; `NO_COLOR` is heeded. */
const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
  styleText(style, text, { stream: process.stdout, validateStream: true });

export const title = (text: string): void => console.log(`\n${paint("bold", text)}\n`);
export const scene = (number: number, text: string): void =>
  console.log(`\n${paint(["bold", "cyan"], `${number}. ${text}`)}`);
export const say = (text: string): void => console.log(`   ${text}`);
export const code = (text: string): void => console.log(paint("dim", text.replaceAll(/^/gm, "   │ ")));
export const write = (text: string): void => void process.stdout.write(text);

/** A table with a head; figures to the right. */
export const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): void => {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => String(row[column] ?? "").length)),
  );
  const line = (cells: readonly (string | number)[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return typeof cell === "number" || /^[\d.$%]/.test(String(cell))
          ? String(cell).padStart(width)
          : String(cell).padEnd(width);
      })
      .join("  ");
  console.log(paint("dim", `   ${line(head)}`));
  for (const row of rows) console.log(`   ${line(row)}`);
};

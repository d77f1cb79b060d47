import { type Axis, axis } from "./axis.ts";
import type { Point } from "./frontier.ts";
import { placeLabels } from "./labels.ts";
import { dollars } from "./table.ts";

export interface Picture {
  readonly title: string;
  readonly calls: number;
  readonly policies: readonly Point[];
  readonly models: readonly Point[];
  /** The models' frontier, cheapest first. */
  readonly line: readonly Point[];
}

const [WIDTH, HEIGHT] = [760, 460];
/** Where the plot stands in the picture. */
const PLOT = { left: 78, right: 724, top: 64, bottom: 396 } as const;
const INK = "#1f2933";
const FAINT = "#d9dee4";
const SOFT = "#5f6b7a";
const LINE = "#8a96a3";
/** Told apart by colour-blind readers too (Okabe and Ito). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/** Cost to the right, quality upwards. A whole SVG document: no script, no style sheet, nothing from outside. Pure. */
export const frontierSvg = ({ title, calls, policies, models, line }: Picture): string => {
  const all = [...policies, ...models];
  const x = axis([0, ...all.map(({ cost }) => cost)], PLOT.left, PLOT.right);
  const y = axis(
    all.map(({ quality }) => quality * 100),
    PLOT.bottom,
    PLOT.top,
    [0, 100],
  );
  const at = ({ cost, quality }: Point) => ({ x: x.place(cost), y: y.place(quality * 100) });
  const marks = [
    ...policies.map((point, index) => ({
      ...at(point),
      text: point.name,
      colour: COLOURS[index % COLOURS.length] ?? INK,
    })),
    ...models.map((point) => ({ ...at(point), text: point.name, colour: SOFT })),
  ];
  const path = line.map((point) => `${round(at(point).x)},${round(at(point).y)}`).join(" ");
  const described = all.map(({ name, cost, quality }) => `${name}: ${dollars(cost)}, ${(quality * 100).toFixed(1)} %`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title description" font-family="${FONT}">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(described.join("; "))}</desc>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(title, { x: PLOT.left, y: 30, size: 17, weight: 600 }),
    text(`${calls} calls; points: policies; line and rings: single models`, {
      x: PLOT.left,
      y: 49,
      size: 12,
      colour: SOFT,
    }),
    ...y.ticks.map((tick) => yTick(tick, y)),
    ...x.ticks.map((tick) => xTick(tick, x)),
    text("cost in US dollars", { x: (PLOT.left + PLOT.right) / 2, y: 444, size: 12, anchor: "middle", colour: SOFT }),
    `<text transform="translate(22 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)" text-anchor="middle" font-size="12" fill="${SOFT}">quality in percent</text>`,
    ...(line.length > 1
      ? [`<polyline points="${path}" fill="none" stroke="${LINE}" stroke-width="2" stroke-dasharray="5 4"/>`]
      : []),
    ...models.map((point) => ring(at(point))),
    ...policies.map((point, index) => dot(at(point), COLOURS[index % COLOURS.length] ?? INK)),
    ...placeLabels(marks, PLOT, line.map(at)).map(({ x: left, y: top, text: name, colour, anchor }) =>
      text(name, { x: left, y: top, size: 12, weight: colour === SOFT ? 400 : 600, colour, anchor }),
    ),
    "</svg>",
    "",
  ].join("\n");
};

interface Style {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly weight?: number;
  readonly colour?: string;
  readonly anchor?: "start" | "middle" | "end";
}

const text = (words: string, { x, y, size, weight = 400, colour = INK, anchor = "start" }: Style): string =>
  `<text x="${round(x)}" y="${round(y)}" font-size="${size}" font-weight="${weight}" fill="${colour}" text-anchor="${anchor}">${escaped(words)}</text>`;

const yTick = (tick: number, y: Axis): string => {
  const at = round(y.place(tick));
  const label = text(y.say(tick), { x: PLOT.left - 10, y: y.place(tick) + 4, size: 12, anchor: "end", colour: SOFT });
  return `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${at}" y2="${at}" stroke="${FAINT}"/>${label}`;
};

const xTick = (tick: number, x: Axis): string => {
  const at = round(x.place(tick));
  const label = text(x.say(tick), { x: x.place(tick), y: PLOT.bottom + 20, size: 12, anchor: "middle", colour: SOFT });
  return `<line x1="${at}" x2="${at}" y1="${PLOT.bottom}" y2="${PLOT.bottom + 5}" stroke="${LINE}"/>${label}`;
};

const ring = ({ x, y }: { readonly x: number; readonly y: number }): string =>
  `<circle cx="${round(x)}" cy="${round(y)}" r="8.5" fill="#ffffff" stroke="${LINE}" stroke-width="2"/>`;

const dot = ({ x, y }: { readonly x: number; readonly y: number }, colour: string): string =>
  `<circle cx="${round(x)}" cy="${round(y)}" r="5.5" fill="${colour}" stroke="#ffffff" stroke-width="1.5"/>`;

const round = (value: number): string => String(Math.round(value * 10) / 10);

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Names are anybody's: what means something in XML is spelt out, what XML cannot hold is left out. */
export const escaped = (words: string): string =>
  words
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 forbids.
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? "");

export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** A point with its name. */
export interface Mark extends Spot {
  readonly text: string;
  readonly colour: string;
}

export interface Label extends Mark {
  readonly anchor: "start" | "end";
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const [LINE_HEIGHT, LETTER_WIDTH, GAP, POINT] = [15, 6.8, 13, 9];

/**
 * Names beside their points: to the right or left, above or below, wherever they first cover no point, no other name and
 * nothing of the line. Pure.
 */
export const placeLabels = (marks: readonly Mark[], plot: Box, line: readonly Spot[]): readonly Label[] => {
  const taken = [...marks.map((mark) => around(mark, POINT)), ...along(line).map((spot) => around(spot, 1))];
  return marks.map((mark) => {
    const places = shifts.flatMap((shift) =>
      (["start", "end"] as const).map((anchor) => ({ ...mark, ...beside(mark, anchor, shift), anchor })),
    );
    const inside = places.filter((place) => isInside(boxOf(place), plot));
    const free = inside.find((place) => !taken.some((other) => overlap(boxOf(place), other)));
    const label = free ?? inside[0] ?? { ...mark, ...beside(mark, "start", 0), anchor: "start" as const };
    taken.push(boxOf(label));
    return label;
  });
};

const around = ({ x, y }: Spot, reach: number): Box => ({
  left: x - reach,
  right: x + reach,
  top: y - reach,
  bottom: y + reach,
});

/** Spots on a line, close enough that no letter fits between them. */
const along = (line: readonly Spot[]): readonly Spot[] =>
  line.slice(1).flatMap((to, index) => {
    const from = line[index] ?? to;
    const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / 4));
    const at = (step: number): Spot => ({
      x: from.x + ((to.x - from.x) * step) / steps,
      y: from.y + ((to.y - from.y) * step) / steps,
    });
    return Array.from({ length: steps }, (_, step) => at(step));
  });

/** In lines: none, then up and down in turn. */
const shifts = [0, -1, 1, -2, 2, -3, 3, -4, 4];

const beside = (
  { x, y }: Mark,
  anchor: "start" | "end",
  shift: number,
): { readonly x: number; readonly y: number } => ({
  x: anchor === "start" ? x + GAP : x - GAP,
  y: y + 4 + shift * LINE_HEIGHT,
});

const boxOf = ({ x, y, text, anchor }: Label): Box => {
  const width = [...text].length * LETTER_WIDTH;
  return {
    left: anchor === "start" ? x : x - width,
    right: anchor === "start" ? x + width : x,
    top: y - 11,
    bottom: y + 3,
  };
};

const overlap = (one: Box, other: Box): boolean =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

const isInside = (box: Box, plot: Box): boolean =>
  box.left >= plot.left && box.right <= plot.right + 30 && box.top >= plot.top - 14 && box.bottom <= plot.bottom + 2;

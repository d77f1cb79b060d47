/** A point of cost and quality. */
export interface Point {
  readonly name: string;
  readonly cost: number;
  readonly quality: number;
}

/**
 * The points that no other one beats: nothing is at once as cheap and as good, and cheaper or better. Cheapest first; of
 * equal points the first alone. Pure.
 */
export const paretoFrontier = <P extends Omit<Point, "name">>(points: readonly P[]): readonly P[] => {
  const sorted = [...points].sort((one, other) => one.cost - other.cost || other.quality - one.quality);
  const kept: P[] = [];
  let highest = Number.NEGATIVE_INFINITY;
  for (const point of sorted) {
    if (point.quality <= highest) continue;
    kept.push(point);
    highest = point.quality;
  }
  return kept;
};

import { type Example, scoreOf } from "./example.ts";
import { failedSchema, isChecked } from "./examples-of.ts";

/** What was seen of one model at one kind of work. Both may be fractions: scores are, and so are weights. */
export interface Cell {
  readonly samples: number;
  /** Sum of the scores. */
  readonly right: number;
}

/** By kind of work, then by model. */
export type Cells = ReadonlyMap<string, ReadonlyMap<string, Cell>>;

interface Tally {
  /** Answers that somebody scored. */
  judged: number;
  right: number;
  /** Of those, such as the gateway had checked the form of. */
  judgedOfChecked: number;
  /** Answers of good form that nobody scored. */
  passed: number;
  /** Answers of bad form. */
  failed: number;
}

/**
 * Outcomes by kind of work and model. Labels count as they are. Of a ledger's calls, answers that failed their schema are
 * all known while of the others only some were scored; so where there are scores, a failure weighs as much as the share of
 * good answers that was scored, and where there are none, an answer of good form counts as right.
 */
export const cellsOf = (examples: readonly Example[], groupOf: (example: Example) => string | undefined): Cells => {
  const tallies = new Map<string, Map<string, Tally>>();
  for (const example of examples) {
    const group = groupOf(example);
    if (group === undefined) continue;
    const models = tallies.get(group) ?? new Map<string, Tally>();
    tallies.set(group, models);
    const tallyOf = (model: string): Tally => {
      const tally = models.get(model) ?? { judged: 0, right: 0, judgedOfChecked: 0, passed: 0, failed: 0 };
      models.set(model, tally);
      return tally;
    };
    if (example.record === undefined) countLabels(example, tallyOf);
    else countRecord(example, example.record, tallyOf);
  }
  return new Map(
    [...tallies].map(([group, models]) => [group, new Map([...models].map(([name, tally]) => [name, cellOf(tally)]))]),
  );
};

const countLabels = ({ scores = {} }: Example, tallyOf: (model: string) => Tally): void => {
  for (const [model, score] of Object.entries(scores)) {
    const tally = tallyOf(model);
    tally.judged += 1;
    tally.right += score;
  }
};

const countRecord = (
  example: Example,
  record: NonNullable<Example["record"]>,
  tallyOf: (model: string) => Tally,
): void => {
  const failed = failedSchema(record);
  for (const model of failed) tallyOf(model).failed += 1;
  const { model, outcome } = record;
  if (model === undefined || outcome !== "ok") return;
  const score = scoreOf(example, model);
  const checked = isChecked(record);
  if (score === undefined) {
    if (checked) tallyOf(model).passed += 1;
    return;
  }
  const tally = tallyOf(model);
  tally.judged += 1;
  tally.right += score;
  if (checked) tally.judgedOfChecked += 1;
};

const cellOf = ({ judged, right, judgedOfChecked, passed, failed }: Tally): Cell => {
  if (judged === 0) return { samples: passed + failed, right: passed };
  const good = judgedOfChecked + passed;
  const weight = good === 0 ? 1 : judgedOfChecked / good;
  return { samples: judged + failed * weight, right };
};

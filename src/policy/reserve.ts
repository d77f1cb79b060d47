import type { GenerateRequest, Ranked, Target } from "../contract/index.ts";
import { countedTokens, measureOf, textTokens, USUAL_RATIO } from "./estimate.ts";
import { fileTokensAt } from "./file-tokens.ts";
import type { Live } from "./live.ts";
import type { Placed } from "./order.ts";
import { reservedOutput } from "./output-length.ts";

/** Text tokens by a tokenizer: of a model by its vendor's id, or `undefined` for whichever. `undefined`: it does not know. */
export type CountText = (model: string | undefined) => number | undefined;

export interface Reserving {
  readonly input: GenerateRequest;
  readonly isEmbed: boolean;
  readonly task: string | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly live: Live;
  readonly count: CountText | undefined;
}

/**
 * Gives each target its own figures. From bytes they cost next to nothing; a tokenizer is asked only where somebody looks
 * at them, which of the targets behind the first nobody does as long as the first one answers.
 */
export const reserving = (given: Reserving): ((placed: Placed) => Ranked) => {
  const { count } = given;
  return count === undefined ? (placed) => ({ ...placed, ...byBytes(given, placed.target) }) : counting(given, count);
};

type Figures = Pick<Ranked, "inputTokens" | "likelyInputTokens" | "outputTokens">;

const byBytes = (given: Reserving, target: Target): Figures => {
  const measure = measureOf(given.input);
  const ratio = given.live.inputRatio?.(target.model.name) ?? USUAL_RATIO;
  const files = filesAt(given, target);
  return {
    inputTokens: textTokens(measure, ratio.most) + files,
    likelyInputTokens: textTokens(measure, ratio.likely) + files,
    outputTokens: outputAt(given, target),
  };
};

const counting =
  (given: Reserving, count: CountText) =>
  ({ target, expectedNanoUsd, quality }: Placed): Ranked => {
    let known: Figures | undefined;
    const figures = (): Figures => {
      known ??= counted(given, count, target);
      return known;
    };
    return {
      target,
      expectedNanoUsd,
      quality,
      get inputTokens() {
        return figures().inputTokens;
      },
      get likelyInputTokens() {
        return figures().likelyInputTokens;
      },
      get outputTokens() {
        return figures().outputTokens;
      },
    };
  };

const counted = (given: Reserving, count: CountText, target: Target): Figures => {
  const text = count(target.model.id);
  if (text === undefined) return byBytes(given, target);
  const inputTokens = countedTokens(measureOf(given.input), text) + filesAt(given, target);
  return { inputTokens, likelyInputTokens: inputTokens, outputTokens: outputAt(given, target) };
};

const filesAt = ({ input }: Reserving, { provider, model }: Target): number => {
  let tokens = 0;
  for (const file of measureOf(input).files) tokens += fileTokensAt(provider, model, file);
  return tokens;
};

const outputAt = ({ isEmbed, maxOutputTokens, live, task }: Reserving, { model }: Target): number => {
  if (isEmbed) return 0;
  const learnt = maxOutputTokens === undefined ? live.longest?.(task, model.name) : undefined;
  return reservedOutput(maxOutputTokens, learnt, model.limit.output);
};

import type { GenerateRequest, Ranked, Target } from "../contract/index.ts";
import { countedTokens, type Measure, measureOf, textTokens, USUAL_RATIO } from "./estimate.ts";
import { fileTokensAt } from "./file-tokens.ts";
import type { Lengths, Live } from "./live.ts";
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
  const { count, input, live, task, maxOutputTokens } = given;
  const longest = maxOutputTokens === undefined ? live.longest?.(task) : undefined;
  const measured = { ...given, measure: measureOf(input), longest };
  return count === undefined ? byBytes(measured) : byCount(measured, count);
};

interface Measured extends Reserving {
  readonly measure: Measure;
  readonly longest: Lengths | undefined;
}

const byBytes =
  (given: Measured) =>
  ({ target, expectedNanoUsd, quality }: Placed): Ranked => {
    const ratio = given.live.inputRatio?.(target.model.name) ?? USUAL_RATIO;
    const files = filesAt(given, target);
    return {
      target,
      expectedNanoUsd,
      quality,
      inputTokens: textTokens(given.measure, ratio.most) + files,
      likelyInputTokens: textTokens(given.measure, ratio.likely) + files,
      outputTokens: outputAt(given, target),
    };
  };

const byCount = (given: Measured, count: CountText): ((placed: Placed) => Ranked) => {
  const estimated = byBytes(given);
  return (placed) => {
    const { target, expectedNanoUsd, quality } = placed;
    // Looked at twice, it is the same, whatever was learnt between.
    let bytes: Ranked | undefined;
    const inputTokens = (which: "inputTokens" | "likelyInputTokens"): number => {
      const text = count(target.model.id);
      if (text !== undefined) return countedTokens(given.measure, text) + filesAt(given, target);
      bytes ??= estimated(placed);
      return bytes[which];
    };
    return {
      target,
      expectedNanoUsd,
      quality,
      get inputTokens() {
        return inputTokens("inputTokens");
      },
      get likelyInputTokens() {
        return inputTokens("likelyInputTokens");
      },
      outputTokens: outputAt(given, target),
    };
  };
};

const filesAt = ({ measure }: Measured, { provider, model }: Target): number => {
  let tokens = 0;
  for (const file of measure.files) tokens += fileTokensAt(provider, model, file);
  return tokens;
};

const outputAt = ({ isEmbed, maxOutputTokens, longest }: Measured, { model }: Target): number => {
  if (isEmbed) return 0;
  return reservedOutput(maxOutputTokens, longest?.byModel.get(model.name) ?? longest?.usual, model.limit.output);
};

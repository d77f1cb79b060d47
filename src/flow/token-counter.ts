import type { Call, GenerateRequest } from "../contract/index.ts";
import { requestText } from "../policy/request-text.ts";
import type { CountText } from "../policy/reserve.ts";

/**
 * Tokens of a text: a whole number, at once. `model`: the vendor's own id of the model that may be asked (`gpt-4o`), or
 * `undefined` where none is chosen yet and the answer should do for any. `undefined` as an answer: not known, so the bytes
 * count. What throws, or answers anything else, counts as not known, with a warning.
 *
 * The text is all of a request's: prompts, tools, schemas, text files. A call asks once without a model, and once for each
 * model that it comes to, up to ten; so it need not be fast, but it runs while the call waits.
 */
export type CountTokens = (text: string, model: string | undefined) => number | undefined;

/** Those behind them are estimated. Only `explain` looks at so many. */
const MOST_MODELS = 10;

/** Counts a call's text, once a model. A tokenizer that fails decides nothing, and says so once. */
export const tokenCounter = (
  countTokens: CountTokens,
  { input, scope }: { readonly input: GenerateRequest } & Partial<Pick<Call, "scope">>,
): CountText => {
  const counts = new Map<string | undefined, number | undefined>();
  let text: string | undefined;
  let hasFailed = false;
  const failed = (): undefined => {
    if (hasFailed) return;
    hasFailed = true;
    const message = "The countTokens hook failed: the request is estimated from its bytes.";
    scope?.report({ type: "warned", warning: { code: "other", message } });
  };
  const count = (model: string | undefined): number | undefined => {
    try {
      text ??= requestText(input);
      const tokens: unknown = countTokens(text, model);
      if (tokens === undefined) return undefined;
      return typeof tokens === "number" && Number.isSafeInteger(tokens) && tokens >= 0 ? tokens : failed();
    } catch {
      return failed();
    }
  };
  return (model) => {
    if (counts.has(model)) return counts.get(model);
    if (counts.size > MOST_MODELS) return undefined;
    const tokens = count(model);
    counts.set(model, tokens);
    return tokens;
  };
};

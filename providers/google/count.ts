import { count, type FailureOf, malformed, readJson } from "../../src/kit/index.ts";
import type { Built } from "./ask.ts";
import { object } from "./fields.ts";

const GENERATE = /((?:models|tunedModels)\/[^/:]+):generateContent$/;

/**
 * Asks for the count of what would have been sent: the SDK's own `countTokens` leaves out the system instruction and the
 * tools at the Gemini API, though the API counts them (`generateContentRequest`).
 */
export const counted =
  (vertex: boolean) =>
  ({ url, body = "{}" }: Built): Built => {
    const request = object(JSON.parse(body));
    const [, model = ""] = GENERATE.exec(url) ?? [];
    const { contents, systemInstruction, tools, generationConfig } = request;
    const asked = vertex
      ? { contents, systemInstruction, tools, generationConfig }
      : { generateContentRequest: { model, ...request } };
    return { url: url.replace(/:generateContent$/, ":countTokens"), body: JSON.stringify(asked) };
  };

/** The figure that `countTokens` answers with. */
export const readCount = async (response: Response, of: FailureOf): Promise<number> => {
  const body = await readJson(response, { provider: of.provider, signal: of.call.signal });
  const tokens = count(object(body)["totalTokens"]);
  if (tokens === undefined) throw malformed(of, "the answer has no count of tokens");
  return tokens;
};

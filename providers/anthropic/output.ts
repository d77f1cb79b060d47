import type { JSONOutputFormat, TextBlockParam } from "@anthropic-ai/sdk/resources/messages/messages";
import type { Concede, ResolvedSchema } from "../../src/kit/index.ts";
import { anthropicSchema } from "./schema.ts";
import { concedeSchema } from "./tool-schema.ts";

/** How the model is told what its answer has to be: held to it, or in words. */
export interface OutputWish {
  readonly format?: JSONOutputFormat;
  readonly words?: TextBlockParam;
}

/**
 * What a closed schema cannot say (a map, a value of any kind, a schema inside itself) would be forbidden by it: then the
 * model is told in words instead. So too where the answer is `begun` already, which the vendor refuses beside a format.
 */
export const outputWish = (output: ResolvedSchema | undefined, begun: boolean, concede: Concede): OutputWish => {
  if (output === undefined) return {};
  const { schema, unenforced, expressible } = anthropicSchema(output.schema);
  if (expressible && !begun) {
    concedeSchema(unenforced, "output", concede);
    return { format: { type: "json_schema", schema } };
  }
  const why = begun ? "an answer that was begun" : "this schema";
  concede("schema_changed", "output", `Anthropic cannot hold the model to ${why}: it is told of the schema in words.`);
  const text = `Answer with JSON alone, of this JSON Schema:\n${JSON.stringify(output.schema)}`;
  return { words: { type: "text", text } };
};

import type { Answer, Call, Embedding, Part, ToolCallPart } from "../contract/index.ts";
import { usd } from "../ledger/money.ts";
import { summarize } from "../ledger/record-of.ts";
import type { Collector } from "./collector.ts";

const isCallersTool = (part: Part): part is ToolCallPart => part.type === "tool-call" && part.executor === "caller";

/** The whole answer of a call that ended well. */
export const completionOf = (call: Call, seen: Collector): Answer => {
  const { finish, parts } = seen;
  if (finish === undefined) throw new TypeError("A call ended well without its finish.");
  const { attempts, warnings, costNanoUsd } = summarize(call.scope.facts);
  const answered = attempts.findLast((attempt) => attempt.outcome === "ok");
  return {
    id: call.id,
    text: seen.text(),
    parts,
    toolCalls: parts.filter(isCallersTool),
    ...((call.input.output ?? call.embed) !== undefined && { output: finish.output }),
    finishReason: finish.finishReason,
    ...(finish.rawFinishReason !== undefined && { rawFinishReason: finish.rawFinishReason }),
    usage: finish.usage,
    costUsd: costNanoUsd === undefined ? undefined : usd(costNanoUsd),
    model: answered?.model ?? "",
    provider: answered?.provider ?? "",
    attempts,
    cache: { status: "bypass" },
    warnings,
    response: finish.response,
    providerMetadata: finish.providerMetadata ?? {},
    message: { role: "assistant", content: parts },
  };
};

/** What `embed()` answers: the vectors came as the output of an answer without parts. */
export const embeddingOf = (answer: Answer & { readonly output?: unknown }): Embedding => {
  const { id, usage, costUsd, model, provider, attempts, warnings, response, output } = answer;
  return {
    vectors: output as readonly Float32Array[],
    usage,
    costUsd,
    id,
    model,
    provider,
    attempts,
    warnings,
    response,
  };
};

import { type AttemptCall, type FinishReason, GatewayError, type Part } from "../contract/index.ts";
import { parseOutput } from "../schema/parse-output.ts";
import type { Accept } from "./held.ts";

/**
 * Structured output is checked here, whatever the vendor promised: inside `begin`, so that an invalid answer can still be
 * replaced. Undefined where there is nothing to check.
 */
export const acceptOutput = (call: AttemptCall): Accept | undefined => {
  const schema = call.request.output;
  // A stream that has spoken cannot be replaced any more: its refusal is a result.
  const escalates = call.plan.escalateRefusals && call.commit === "finish";
  if (schema === undefined && !escalates) return undefined;
  return async (parts, finish) => {
    if (escalates && REFUSALS.has(finish.finishReason)) {
      throw invalidOutput(call, `it declined (${finish.finishReason})`, [], true);
    }
    if (schema === undefined || finish.finishReason === "tool-calls") return finish;
    if (finish.finishReason !== "stop") {
      throw invalidOutput(call, `it ended early (${finish.finishReason})`, [], false);
    }
    const result = await parseOutput(schema, call.input.output ?? { schema: {} }, textOf(parts));
    if ("value" in result) return { ...finish, output: result.value };
    throw invalidOutput(call, "it does not fit the schema", result.issues, true);
  };
};

const REFUSALS: ReadonlySet<FinishReason> = new Set(["refusal", "content-filter"]);

/** A vendor's filter may refuse before its model does: where the task asks others then, it is the same. */
export const refusedAtTheDoor = (call: AttemptCall, error: GatewayError): GatewayError =>
  call.plan.escalateRefusals && error.code === "refused" ? invalidOutput(call, "the vendor refused", [], true) : error;

const textOf = (parts: readonly Part[]): string =>
  parts.map((part) => (part.type === "text" ? part.text : "")).join("");

/** Not retryable where another answer would end the same way: cut by the caller's own limit, or refused. */
const invalidOutput = (
  call: AttemptCall,
  why: string,
  issues: GatewayError<"invalid_output">["details"]["issues"],
  retryable: boolean,
): GatewayError => {
  const { provider, model } = call.target;
  const first = issues[0] === undefined ? "" : `: ${issues[0].path} ${issues[0].message}`;
  return new GatewayError("invalid_output", `${model.name} answered, but ${why}${first}.`, {
    details: { issues, provider: provider.name, model: model.name },
    retryable,
  });
};

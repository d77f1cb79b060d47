import type { Model, Rejection } from "../contract/index.ts";
import type { Criteria } from "./eligible.ts";
import { qualityOf } from "./quality-of.ts";

/** A reason in words, with the figures of this call and model. */
export const detailOf = (reason: Rejection["reason"], model: Model, criteria: Criteria): string => {
  const { needs, boundTo, models, allow, label } = criteria;
  const { limit, tags, capabilities, name, provider } = model;
  switch (reason) {
    case "not_pinned":
      return "the call names another model";
    case "not_allowed":
      if (models?.includes(name) === false) return "not among the task's models";
      return allow?.includes(name) === false ? "not in the tenant's plan" : "denied by the tenant's plan";
    case "no_provider":
      return `no provider "${provider}" was passed`;
    case "bound_elsewhere":
      return `the request holds a file or a tool of "${boundTo.find((each) => each !== provider)}"`;
    case "lacks_capability":
      return lackingFlag(criteria, capabilities);
    case "lacks_modality":
      return lackingModality(criteria, capabilities);
    case "context_too_small":
      return `about ${needs.context} tokens, window ${limit.context}`;
    case "output_too_small":
      return `${criteria.maxOutputTokens} tokens asked, at most ${limit.output}`;
    case "region":
      return regionDetail(criteria, tags["region"]);
    case "tags":
      return Object.entries(needs.tags ?? {})
        .filter(([key, value]) => tags[key] !== value)
        .map(([key, value]) => `${key} is not ${value}`)
        .join(", ");
    case "below_quality":
      return `${qualityOf(model, label) ?? "unknown"}, floor ${needs.quality}`;
    default:
      return "";
  }
};

const lackingFlag = ({ needs }: Criteria, capabilities: Model["capabilities"]): string => {
  const flags = ["tool_call", "structured_output", "reasoning", "temperature"] as const;
  const missing = flags.find((flag) => needs[flag] === true && capabilities[flag] !== true);
  if (missing !== undefined) return missing;
  const parallel = capabilities.parallel_tool_call ?? capabilities.tool_call;
  return needs.parallel_tool_call === true && parallel !== true ? "parallel_tool_call" : "streaming";
};

const lackingModality = ({ needs }: Criteria, { input, output }: Model["capabilities"]): string => {
  const missing = needs.input?.find((modality) => !(input ?? ["text"]).includes(modality));
  if (missing !== undefined) return `input: ${missing}`;
  return `output: ${(needs.output ?? ["text"]).find((modality) => !(output ?? ["text"]).includes(modality))}`;
};

const regionDetail = ({ regions, planRegions }: Criteria, region: string | undefined): string => {
  const wanted = regions?.includes(region ?? "") === false ? regions : (planRegions ?? []);
  return `${region ?? "no region"}, wanted ${wanted.join(" or ")}`;
};

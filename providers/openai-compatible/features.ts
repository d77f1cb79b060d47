import { FEATURES, type Feature } from "../../src/kit/index.ts";
import type { ChatQuirks } from "./quirks.ts";

/** What a host takes: by its quirks, where hosts differ. */
export const chatFeatures = (quirks: ChatQuirks): readonly Feature[] => {
  const absent: Readonly<Partial<Record<Feature, boolean>>> = {
    image: quirks.images === "none",
    pdf: !quirks.files,
    audio: !quirks.audio,
    video: true,
    tool_choice: !quirks.toolChoice,
    parallel_switch: !quirks.parallelToolCalls,
    result_files: quirks.images === "none",
    strict_tools: !quirks.strict,
    provider_tools: true,
    output_schema: quirks.output !== "json_schema",
    reasoning_effort: quirks.reasoning === "none",
    reasoning_budget: quirks.reasoning !== "reasoning",
    reasoning_state: quirks.echo === "none",
    prompt_cache: !quirks.promptCacheKey,
    prefill: true,
    top_k: !quirks.topK,
    stop: !quirks.stop,
    seed: quirks.seed === "none",
    penalties: !quirks.penalties,
    user: quirks.user === "none",
    reported_cost: quirks.cost === undefined,
  };
  return (Object.keys(FEATURES) as Feature[]).filter((feature) => absent[feature] !== true);
};

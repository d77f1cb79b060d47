import { LRUCache } from "lru-cache";
import type { AttemptRecord, Call, Clock, Fact, GenerateRequest } from "../contract/index.ts";
import { type InputRatio, measureOf, usualFileTokens } from "../policy/estimate.ts";
import { learntRatio, RATIO_SAMPLES, ratioSample } from "../policy/input-ratio.ts";
import { type Latency, learn, recall } from "../policy/latency.ts";
import type { Lengths, Live, Warm } from "../policy/live.ts";
import { learnMean, type Mean } from "../policy/mean.ts";
import { LENGTH_SAMPLES, longestOf } from "../policy/output-length.ts";
import { addSample, type Samples } from "../policy/samples.ts";

/** Answers of a task and model that count; and how many it takes before they are believed. */
const [OUTPUT_SAMPLES, FEWEST_OUTPUTS] = [50, 5];
/** Follow-ups of a target that count for how much of a prompt it really has cached. */
const CACHE_SAMPLES = 8;
/** Vendors keep a prompt for about so long (OpenAI 5 to 10 minutes, Anthropic 5: their documentation, November 2026). */
const WARM_MS = 5 * 60_000;
const MOST_CONVERSATIONS = 10_000;
/** More than a registry has of them. */
const MOST_MODELS = 5_000;

interface Visit {
  readonly target: string;
  /** Of the prompt that was sent: what a follow-up begins with. */
  readonly tokens: number;
  readonly atMs: number;
}

/** Answers to a task. */
interface Learnt {
  readonly all: Mean | undefined;
  readonly models: Map<string, Mean>;
  /** Of those that are believed. */
  readonly byModel: Map<string, number>;
  readonly lengths: Lengths | undefined;
  readonly longest: Longest;
}

/** The same answers, for what is to be reserved. */
interface Longest {
  readonly all: Samples | undefined;
  readonly models: Map<string, Samples>;
  readonly byModel: Map<string, number>;
  readonly lengths: Lengths | undefined;
}

/** Prompts of a model, and the rule that they make, made once for all who read it. */
interface Prompts {
  readonly samples: Samples;
  readonly ratio: InputRatio | undefined;
}

/** What this process has learnt of targets and tasks by using them. All of it bounded, none of it shared. */
export class Experience {
  readonly #clock: Clock;
  /** Whole answers and streams are known apart: their first content differs. */
  readonly #latencies = new Map<string, Latency>();
  readonly #inFlight = new Map<string, number>();
  readonly #outputs = new Map<string, Learnt>();
  readonly #ratios = new LRUCache<string, Prompts>({ max: MOST_MODELS });
  readonly #visits = new LRUCache<string, Visit>({ max: MOST_CONVERSATIONS });
  /** Share of a follow-up's known beginning that was read from the cache, by target. */
  readonly #cached = new Map<string, Mean>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  hear(call: Call, fact: Fact): void {
    if (fact.type === "attempt-started") this.#inFlight.set(fact.target, this.#underWay(fact.target) + 1);
    else if (fact.type === "attempt-ended") this.#ended(call, fact.attempt);
  }

  live(mode: Call["mode"]): Live {
    return {
      latencyMs: (target) => recall(this.#latencies.get(`${mode} ${target}`), this.#clock.now()),
      inFlight: (target) => this.#underWay(target),
      lengths: (task = "") => this.#outputs.get(task)?.lengths,
      longest: (task = "") => this.#outputs.get(task)?.longest.lengths,
      inputRatio: (model) => this.#ratios.get(model)?.ratio,
      warm: (conversation) => this.#warm(conversation),
    };
  }

  #underWay(target: string): number {
    return this.#inFlight.get(target) ?? 0;
  }

  #ended({ mode, request, input, embed }: Call, attempt: AttemptRecord): void {
    const { provider, model, account, firstContentMs, outcome, usage } = attempt;
    const target = `${provider}/${model}/${account}`;
    const left = this.#underWay(target) - 1;
    if (left > 0) this.#inFlight.set(target, left);
    else this.#inFlight.delete(target);
    if (firstContentMs !== undefined) {
      const key = `${mode} ${target}`;
      this.#latencies.set(key, learn(this.#latencies.get(key), firstContentMs, this.#clock.now()));
    }
    if (outcome !== "ok" || usage?.source !== "reported") return;
    // Vectors are no answers: they would teach that answers are short.
    if (embed === undefined) this.#learnLength(request.task ?? "", model, usage.output.total);
    this.#learnRatio(model, input, usage.input.total);
    if (request.conversation !== undefined) {
      this.#learnCached(request.conversation, target, usage.input.total, usage.input.cacheRead);
    }
  }

  #learnLength(task: string, model: string, tokens: number): void {
    const known = this.#outputs.get(task) ?? {
      all: undefined,
      models: new Map(),
      byModel: new Map(),
      lengths: undefined,
      longest: { all: undefined, models: new Map(), byModel: new Map(), lengths: undefined },
    };
    const all = learnMean(known.all, tokens, OUTPUT_SAMPLES);
    const own = learnMean(known.models.get(model), tokens, OUTPUT_SAMPLES);
    known.models.set(model, own);
    if (own.samples >= FEWEST_OUTPUTS) known.byModel.set(model, own.value);
    const lengths = all.samples < FEWEST_OUTPUTS ? undefined : { usual: all.value, byModel: known.byModel };
    this.#outputs.set(task, { ...known, all, lengths, longest: withLength(known.longest, model, tokens) });
  }

  #learnRatio(model: string, input: GenerateRequest, tokens: number): void {
    const measure = measureOf(input);
    const sample = ratioSample(measure, usualFileTokens(measure), tokens);
    if (sample === undefined) return;
    const samples = addSample(this.#ratios.get(model)?.samples, sample, RATIO_SAMPLES);
    this.#ratios.set(model, { samples, ratio: learntRatio(samples) });
  }

  #learnCached(conversation: string, target: string, tokens: number, cacheRead: number): void {
    const before = this.#visit(conversation);
    if (before?.target === target && before.tokens > 0) {
      const share = Math.min(1, cacheRead / before.tokens);
      this.#cached.set(target, learnMean(this.#cached.get(target), share, CACHE_SAMPLES));
    }
    this.#visits.set(conversation, { target, tokens, atMs: this.#clock.now() });
  }

  #visit(conversation: string): Visit | undefined {
    const visit = this.#visits.get(conversation);
    return visit === undefined || this.#clock.now() - visit.atMs > WARM_MS ? undefined : visit;
  }

  /** Taken for cached until it is known better: a price for cached input below the other says that the vendor caches. */
  #warm(conversation: string): Warm | undefined {
    const visit = this.#visit(conversation);
    if (visit === undefined) return undefined;
    return { target: visit.target, tokens: visit.tokens * (this.#cached.get(visit.target)?.value ?? 1) };
  }
}

const withLength = ({ models, byModel, ...known }: Longest, model: string, tokens: number): Longest => {
  const all = addSample(known.all, tokens, LENGTH_SAMPLES);
  const own = addSample(models.get(model), tokens, LENGTH_SAMPLES);
  models.set(model, own);
  const [usual, longest] = [longestOf(all), longestOf(own)];
  if (longest !== undefined) byModel.set(model, longest);
  return { all, models, byModel, lengths: usual === undefined ? undefined : { usual, byModel } };
};

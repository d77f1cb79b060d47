import type { AdmittedCall, AttemptCall, Call, Handler, Layer, PlannedCall } from "./contract/index.ts";
import type { Quotas } from "./flow/quotas.ts";
import { admit } from "./layers/admit.ts";
import { attempts } from "./layers/attempts.ts";
import { bulkhead } from "./layers/bulkhead.ts";
import { deadline } from "./layers/deadline.ts";
import { progress } from "./layers/progress.ts";
import { provider } from "./layers/provider.ts";
import { type RecordOptions, record } from "./layers/record.ts";
import { type Planner, route } from "./layers/route.ts";

export interface PipelineOptions {
  readonly record: RecordOptions;
  readonly plan: Planner;
  readonly quotas: Pick<Quotas, "admission" | "targets">;
  readonly maxAttempts: number;
  /** The user's own layers. */
  readonly use: readonly Layer<Call>[];
}

/** The one list, outermost first. A layer with nothing to do is not in the chain. */
export const pipeline = (options: PipelineOptions): Handler<Call> =>
  stack<Call>()
    .use(record(options.record)) // opens the record, closes it on every way out
    .use(deadline()) // the total clock and the caller's signal: all below spends it
    .each(options.use) // the user's layers: inside the record, outside the decision
    .into<PlannedCall>(route(options.plan)) // the plan, once: eligible models in order
    .into<AdmittedCall>(admit(options.quotas.admission)) // organisation, tags, tenant, key: requests, tokens, money
    .into<AttemptCall>(attempts({ maxAttempts: options.maxAttempts })) // the one loop: retry and failover
    .use(bulkhead(options.quotas.targets)) // what the vendor allows us: waits in line if it must
    .use(progress()) // innermost: what arrives as it arrives; clocks, meter, truncation
    .over(provider);

/** Layers so far, from a call of type `Top` to one of type `C`. Checked by the compiler line by line. */
interface Stack<C, Top> {
  /** A layer of the same stage. */
  use(layer: Layer<C>): Stack<C, Top>;
  each(layers: readonly Layer<C>[]): Stack<C, Top>;
  /** A layer that leads to the next stage. */
  into<Out extends C>(layer: Layer<C, Out>): Stack<Out, Top>;
  over(handler: Handler<C>): Handler<Top>;
}

const stack = <Top>(): Stack<Top, Top> => grow<Top, Top>((handler) => handler);

const grow = <C, Top>(wrap: (handler: Handler<C>) => Handler<Top>): Stack<C, Top> => ({
  use: (layer) => grow((handler) => wrap(layer(handler))),
  each: (layers) => grow((handler) => wrap(layers.reduceRight((inner, layer) => layer(inner), handler))),
  into: (layer) => grow((handler) => wrap(layer(handler))),
  over: wrap,
});

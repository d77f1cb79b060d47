import type {
  Call,
  CallContext,
  Clock,
  CompletionOf,
  Embedding,
  EmbedRequest,
  Layer,
  LedgerSink,
  OptionsOf,
  Provider,
  Request,
  Store,
  StreamOptions,
  Timeouts,
  Tool,
} from "./contract/index.ts";
import type { ContentStream } from "./flow/content-stream.ts";
import type { GatewayEvents } from "./flow/events.ts";
import type { Classify, Tenants } from "./flow/planning.ts";
import type { Difference } from "./flow/reconcile.ts";
import type { LimitStatus, Spend } from "./flow/spend.ts";
import type { CountTokens } from "./flow/token-counter.ts";
import type { Explanation } from "./policy/explain.ts";
import type { RegistryInput } from "./registry/source.ts";

/** What `createGateway` takes. */
export interface GatewayOptions<Providers extends readonly Provider[] = readonly Provider[]> {
  /** Adapters to the vendors. Each name once; the registry's models refer to it. */
  readonly providers: Providers;
  /** Path of a YAML or JSON file (watched while the gateway is open), the registry itself, or a `RegistrySource`. */
  readonly registry: RegistryInput;
  /** Where records go. Default: the last 10,000 in memory. */
  readonly ledger?: LedgerSink;
  /** Who pays where a call does not say. `false`: a call must say. Default `"default"`. */
  readonly defaultTenant?: string | false;
  /** Clocks for calls that do not set their own. */
  readonly timeouts?: Timeouts;
  /** Attempts of one call, over all targets, from 1 to 10. Default 3. */
  readonly maxAttempts?: number;
  /**
   * How hard a call is that does not say so (no task, difficulty, least quality or pin): the name of one of the registry's
   * difficulties. Default: none, which takes it for the hardest. `difficultyEstimator` is one that needs no model.
   */
  readonly classify?: Classify;
  /**
   * A tokenizer: how many tokens a text is, for what is reserved before an attempt. Default: by its bytes, in a ratio that is
   * learnt of each model. See `CountTokens`.
   */
  readonly countTokens?: CountTokens;
  /** What tenants may ask for that the registry does not name, for many of them: an entry, or a plan's name. */
  readonly tenants?: Tenants;
  /**
   * Where limits and budgets are kept, for all processes together: `redisStore(client)` of `headgate/redis`,
   * `postgresStore(pool)` of `headgate/postgres`, `fromKeyValue(…)` of your own. Default: this process's memory, where each
   * process counts for itself.
   */
  readonly store?: Store;
  readonly quotas?: QuotasSettings;
  /** Your own layers, inside the record and the deadline, outside routing. First is outermost. */
  readonly use?: readonly Layer<Call>[];
  /** Time and chance. Default: the system's. */
  readonly clock?: Clock;
}

/** How limits and budgets are held between processes. */
export interface QuotasSettings {
  /** How long after its last word a process counts as gone: what it held is then taken for used. Default 60,000. */
  readonly leaseMs?: number;
  /** How long the store may take to answer before a call goes on without it, in milliseconds. Default 250. */
  readonly timeoutMs?: number;
  /**
   * Whether a process holds a little ahead of its demand, so that most calls need no round trip. Default true. Without: one
   * round trip for those that are admitted at the same moment.
   */
  readonly slices?: boolean;
  /**
   * What is spent while the store does not answer. `share` (default): each process its share of what was left when it was last
   * heard. `deny`: no money beyond what is held already (`store_unavailable`); rates go on by share.
   */
  readonly onStoreLoss?: "share" | "deny";
}

/** Whose limits are asked for. Default: the gateway's default tenant. */
export type Asking = Pick<CallContext, "tenant" | "keyId" | "tags">;

export type { OptionsOf };

/** What a request takes besides, for this gateway. */
type Ask<Options extends object, Tenant, T, Tools extends readonly Tool[] | undefined> = Request<Options, T, Tools> &
  Tenant;

/** The tenant is required where the gateway has no default and none is bound. */
type TenantNeeded = { readonly tenant: string };
type BoundBy<Context, Tenant> = Context extends TenantNeeded ? unknown : Tenant;

export interface CloseOptions {
  /** How long calls in flight may go on, in milliseconds; what is left then is aborted (`closed`). Default 5,000. */
  readonly graceMs?: number;
}

/**
 * One gateway for a process, or a view of it with some context bound. Every method throws `GatewayError` alone.
 */
export interface Gateway<Options extends object = object, Tenant = unknown> extends AsyncDisposable {
  /** A whole answer, from whichever eligible target can give it within the deadline. */
  complete<T = never, const Tools extends readonly Tool[] | undefined = undefined>(
    request: Ask<Options, Tenant, T, Tools>,
  ): Promise<CompletionOf<T, Tools>>;
  /**
   * An answer as it comes. Lazy: nothing is sent until it is read. Until the first content another target may take over
   * unseen; after it a failure is an error with what had arrived. Throws at once on bad input.
   */
  stream<T = never, const Tools extends readonly Tool[] | undefined = undefined>(
    request: Ask<Options, Tenant, T, Tools> & StreamOptions,
  ): ContentStream<CompletionOf<T, Tools>>;
  /**
   * Texts as vectors, by the one model that is named (`capabilities: { output: [embedding] }` in the registry): recorded
   * and charged like any call, repeated on the model's other accounts, never on another model.
   */
  embed(request: EmbedRequest<Options> & Tenant): Promise<Embedding>;
  /** Dry run: the eligible models in order, every other one with its reason. Nothing is sent. */
  explain(request: Ask<Options, Tenant, unknown, readonly Tool[] | undefined>): Promise<Explanation>;
  /**
   * What is spent of each budget that this tenant (and key, and tags) is under, by all processes together. Exact as of the
   * store's answer, with what this process has not yet told it. Rejects with `store_unavailable`.
   */
  spend(asking?: Asking): Promise<readonly Spend[]>;
  /** What is left of each limit and budget. */
  limits(asking?: Asking): Promise<readonly LimitStatus[]>;
  /**
   * Compares the running calendar budgets with what the ledger says was spent under them, and adds to a budget what the ledger
   * knows and it does not (a store that came back empty). Never lowers one: what is running, or belongs to a process that died,
   * is in no ledger. Needs a ledger with `spent`.
   */
  reconcile(asking?: Asking): Promise<readonly Difference[]>;
  /** The same gateway with some context bound, for the calls made through it. A call's own word goes first. */
  for<const Context extends CallContext>(context: Context): Gateway<Options, BoundBy<Context, Tenant>>;
  /** Resolves once the registry is valid and every provider it names could be called; rejects at boot, not at 2am. */
  ready(): Promise<void>;
  /**
   * Looks at the registry's source now, instead of when it next says that it changed. Rejects with `registry_invalid` where
   * what is there is not valid; the last good one then stays in force.
   */
  reload(): Promise<void>;
  /** Diagnostics. The result takes the listener off again. A listener that throws touches no call. */
  on<Name extends keyof GatewayEvents>(name: Name, listener: (event: GatewayEvents[Name]) => unknown): () => void;
  /** Takes no more calls, waits for those in flight, lets everything go. */
  close(options?: CloseOptions): Promise<void>;
}

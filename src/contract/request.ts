import type { Completion } from "./completion.ts";
import type { Json } from "./json.ts";
import type { Needs } from "./model.ts";
import type { Message } from "./part.ts";
import type { ResolvedSchema, Schema } from "./schema.ts";

/**
 * Names in your registry, for the editor, once you augment it:
 * `declare module "headgate" { interface Register { models: "a" | "b"; tasks: "chat" } }`
 */
// biome-ignore lint/suspicious/noEmptyInterface: it exists to be augmented.
export interface Register {}

export type ModelName = Register extends { models: infer Name extends string } ? Name : string;
export type TaskName = Register extends { tasks: infer Name extends string } ? Name : string;
export type DifficultyName = Register extends { difficulties: infer Name extends string } ? Name : string;

/** A tool that the application runs. */
export interface FunctionTool {
  /** Default `function`. */
  readonly type?: "function";
  /** Letters, digits, `_` and `-`, at most 64: what every vendor takes. */
  readonly name: string;
  readonly description?: string;
  /** Schema of the tool's input, an object. */
  readonly input: Schema;
  /** Ask the vendor to hold the model to the schema. Default: the vendor's. */
  readonly strict?: boolean;
}

/** A tool that the vendor runs on its own servers, such as a web search. Binds the call to that provider. */
export interface ProviderTool {
  readonly type: "provider";
  readonly provider: string;
  /** The vendor's own name of the tool, such as `web_search`. */
  readonly name: string;
  readonly options?: Readonly<Record<string, Json>>;
}

export type Tool = FunctionTool | ProviderTool;

/** `required`: some tool. `{ tool }`: this one. */
export type ToolChoice = "auto" | "none" | "required" | { readonly tool: string };

export type ReasoningEffort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";

export interface Reasoning {
  /** `none` switches reasoning off where the model lets one. A vendor without this step takes the nearest one. */
  readonly effort?: ReasoningEffort;
  /** Tokens to think with, where the vendor takes a figure. */
  readonly budgetTokens?: number;
  /** Whether to show the reasoning, in the vendor's summary. Default: the vendor's. */
  readonly summary?: "none" | "auto" | "detailed";
}

/** Clocks, in milliseconds, integers from 1 to 2,147,483,647. Each is named in the error that it causes. */
export interface Timeouts {
  /** The whole call: waiting, retries and all, to the last byte. Default 120,000 for `complete`, 600,000 for `stream`. */
  readonly totalMs?: number;
  /**
   * From the start of an attempt to its first content. Default 30,000 for `stream`; `totalMs` for `complete`, whose first
   * content is the whole answer. An attempt with other targets behind it gets at most half of what remains.
   */
  readonly firstTokenMs?: number;
  /** Between two pieces of content, while one is waited for. Signs of life extend it to three times this. Default 30,000. */
  readonly idleMs?: number;
  /** To a connection. Default 5,000. */
  readonly connectMs?: number;
  /** A stream that was read from and then forgotten is closed after this. Default 30,000. */
  readonly unreadMs?: number;
}

export interface CacheOptions {
  /** `default` as the task says; `bypass` neither reads nor writes; `refresh` writes only; `only` answers from the cache or not at all. */
  readonly mode?: "default" | "bypass" | "refresh" | "only";
  readonly maxAgeMs?: number;
  readonly tags?: readonly string[];
}

/** Default `normal`. Who waits last when a limit is near; without limits nobody waits. */
export type Priority = "high" | "normal" | "low";

/** Who asks and what for. `gateway.for()` binds any of these once. */
export interface CallContext {
  /** Who pays. */
  readonly tenant?: string;
  /** One of a tenant's callers. Not a secret. */
  readonly keyId?: string;
  /** The end user, for the vendors' abuse reports and for cache scopes. */
  readonly user?: string;
  /** Calls of one conversation: keeps it where its prompt is cached. */
  readonly conversation?: string;
  readonly priority?: Priority;
  /** The caller's own labels, kept in the record. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Only models tagged with one of these regions. */
  readonly regions?: readonly string[];
  /** Only models expected to cost at most this, in US dollars. */
  readonly maxCostUsd?: number;
  /** Only models not known to be slower than this to their first content, in milliseconds. */
  readonly maxLatencyMs?: number;
  readonly cache?: CacheOptions;
  /** Whether to ask vendors to cache the prompt. Default `auto`: where it costs nothing to ask. */
  readonly promptCache?: "auto" | "off" | { readonly key?: string; readonly ttlMs?: number };
  /** Whether asking twice does no harm. `false` forbids hedging, and retrying once an attempt may have been carried out. Default true. */
  readonly idempotent?: boolean;
  /** Refuse (`unsupported`) what a model cannot take instead of dropping it with a warning. Default false. */
  readonly strict?: boolean;
  readonly timeouts?: Timeouts;
  readonly signal?: AbortSignal;
  /** Id of the call that this one is part of. */
  readonly parentId?: string;
}

/** Which model: by task, by name (a pin), or by what is needed. One of the three. */
export type Selection =
  | { readonly task: TaskName; readonly model?: never; readonly needs?: Needs; readonly difficulty?: DifficultyName }
  | { readonly model: ModelName; readonly task?: never; readonly needs?: never; readonly difficulty?: never }
  | { readonly task?: never; readonly model?: never; readonly needs?: Needs; readonly difficulty?: DifficultyName };

/** What to say: a history, or a prompt that stands for one user message. */
export type Content =
  | { readonly messages: readonly Message[]; readonly prompt?: never }
  | { readonly prompt: string; readonly messages?: never };

export interface Generation<T = unknown, Tools extends readonly Tool[] | undefined = readonly Tool[] | undefined> {
  /** Short for a first message of role `system`. */
  readonly system?: string;
  readonly tools?: Tools;
  readonly toolChoice?: ToolChoice;
  /** Whether the model may ask for several tools at once. Default: the vendor's. */
  readonly parallelToolCalls?: boolean;
  /** The answer is JSON of this schema, and is checked here whatever the vendor promises. */
  readonly output?: Schema<T>;
  /** Default: the registry's `limit.output` where a vendor wants a figure. */
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly reasoning?: Reasoning;
}

/** Settings of a vendor's own, by provider name, typed by the providers passed to `createGateway`. */
export type ProviderOptions = Readonly<Record<string, object | undefined>>;

/** What `complete()` and `stream()` take. */
export type Request<
  Options extends object = ProviderOptions,
  T = unknown,
  Tools extends readonly Tool[] | undefined = readonly Tool[] | undefined,
> = CallContext & Selection & Content & Generation<T, Tools> & { readonly providerOptions?: Options };

/** What `stream()` takes besides. */
export interface StreamOptions {
  /** `finish`: hold everything back until the answer is whole, so that failover stays possible to the end. Default `first-content`. */
  readonly commit?: Commit;
}

/** Until when a failed answer may be replaced unseen by another. */
export type Commit = "first-content" | "finish";

/** The completion of a request: with `output` where it has a schema; possibly undefined beside tools, which may be called instead. */
export type CompletionOf<T, Tools> = Completion<
  [T] extends [never] ? never : Tools extends readonly Tool[] ? T | undefined : T
>;

/** What `embed()` takes. */
export interface EmbedRequest<Options extends object = ProviderOptions> extends CallContext {
  /** A pin: vectors of different models cannot be compared, so no other model takes over. Its other accounts do. */
  readonly model: ModelName;
  /** A text, or several; none of them empty. */
  readonly input: string | readonly string[];
  /** Length of each vector, where the model can shorten it. Default: the model's own. */
  readonly dimensions?: number;
  readonly providerOptions?: Options;
}

/** The same, checked. */
export interface EmbedInput {
  readonly texts: readonly string[];
  readonly dimensions?: number;
}

/** A function tool with its schema resolved. */
export interface ResolvedFunctionTool {
  readonly type: "function";
  readonly name: string;
  readonly description?: string;
  readonly input: ResolvedSchema;
  readonly strict?: boolean;
}

/** A request as providers see it: checked, with one spelling for everything. */
export interface GenerateRequest extends Omit<Generation, "system" | "tools" | "output"> {
  /** System messages included, in place. */
  readonly messages: readonly Message[];
  readonly tools?: readonly (ResolvedFunctionTool | ProviderTool)[];
  readonly output?: ResolvedSchema;
  readonly user?: string;
  readonly conversation?: string;
  readonly promptCache?: CallContext["promptCache"];
  readonly strict?: boolean;
  /** The settings for this provider alone. */
  readonly providerOptions?: Readonly<Record<string, unknown>>;
}

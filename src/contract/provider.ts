import type { ResponseInfo, Warning } from "./completion.ts";
import type { ContentEvent } from "./event.ts";
import type { Feature } from "./feature.ts";
import type { ProviderModel } from "./model.ts";
import type { FilePart } from "./part.ts";
import type { GenerateRequest } from "./request.ts";
import type { Clock } from "./scope.ts";
import type { Usage } from "./usage.ts";

/** What opens a vendor. The secret itself stays inside the provider. */
export interface Credential {
  readonly id: string;
  /** What the vendor limits and bills: credentials of one account share its cooldowns. */
  readonly account: string;
}

export type Operation = "generate" | "embed";

/** Tells the gateway what content cannot say. Cheap; may be called at any time, also after the end. */
export type ProviderFact =
  /** Usage known so far (Anthropic tells the input's at the start): what is billed if the answer is cut. Cumulative. */
  | { readonly type: "usage"; readonly usage: Usage }
  /** A keep-alive: the vendor lives, though no content came. */
  | { readonly type: "alive" }
  | { readonly type: "warning"; readonly warning: Warning }
  /** From the answer's headers. */
  | { readonly type: "response"; readonly response: ResponseInfo; readonly rateLimits?: readonly RateLimit[] };

/** What the vendor's headers say of a limit. A hint for routing, not a fact of ours. */
export interface RateLimit {
  readonly name: string;
  readonly limit?: number;
  readonly remaining?: number;
  readonly resetAfterMs?: number;
}

/** One request to one model with one credential. */
export interface GenerateCall {
  readonly request: GenerateRequest;
  readonly model: ProviderModel;
  readonly credential: Credential;
  /** `complete`: use the vendor's unary endpoint where it has one, and yield the parts at once. */
  readonly mode: "complete" | "stream";
  /** Ends the request. Made at the first look: take it once. */
  readonly signal: AbortSignal;
  readonly connectMs: number;
  readonly clock: Clock;
  report(fact: ProviderFact): void;
}

export interface EmbedCall extends Omit<GenerateCall, "request" | "mode"> {
  /** The texts, none of them empty. However many the vendor takes at once, all are answered. */
  readonly input: readonly string[];
  readonly dimensions?: number;
  /** The settings for this provider alone. */
  readonly providerOptions?: Readonly<Record<string, unknown>>;
}

export interface EmbedResult {
  readonly vectors: readonly Float32Array[];
  readonly usage: Usage;
  readonly response: ResponseInfo;
}

/**
 * A vendor's adapter. It translates and nothing else: no retry, no cache, no clock of its own. It throws `GatewayError`
 * (see `headgate/kit`), classified where the facts are. Content ends with `finish`, yielded only once the vendor's
 * terminal event was seen; a body that ends without it is `stream_truncated`.
 *
 * `generate` may be deaf to its signal (the gateway ends the call all the same), but should not be.
 */
export interface Provider<Name extends string = string, Options extends object = object> {
  readonly contract: 1;
  readonly name: Name;
  readonly credentials: readonly Credential[];
  /** What it can carry, as data. Optional methods (`embed`, `countTokens`, `models`) tell for themselves. */
  readonly features?: readonly Feature[];
  generate(call: GenerateCall): AsyncIterable<ContentEvent> | Promise<AsyncIterable<ContentEvent>>;
  embed?(call: EmbedCall): Promise<EmbedResult>;
  /** The account that this conversation is bound to by state that only it can read, or undefined. */
  affinity?(request: GenerateRequest): string | undefined;
  countTokens?(call: GenerateCall): Promise<number>;
  /**
   * Input tokens that a file counts for at this model, by the vendor's published rule, on the safe side: what is reserved.
   * From what is at hand (see `imageSizeOf`, `pdfPagesOf`, `secondsOf` of `headgate/kit`), at once, without the network.
   * `undefined` where the vendor has no such rule: then what is usual elsewhere is taken. Not asked for text.
   */
  fileTokens?(file: FilePart, model: ProviderModel): number | undefined;
  /** Ids of the models that the credential may use. */
  models?(signal: AbortSignal): Promise<readonly string[]>;
  /** Fails where a first call would: the SDK is not installed, no credential is found. Called by `gateway.ready()`. */
  ready?(): Promise<void>;
  close?(): Promise<void>;
  /** Never set: carries the type of `providerOptions[name]`. */
  readonly "~options"?: Options;
}

/** The typed `providerOptions` that a set of providers takes. */
export type OptionsOf<P extends readonly Provider[]> = {
  readonly [Each in P[number] as Each["name"]]?: Each extends Provider<string, infer Options> ? Options : never;
};

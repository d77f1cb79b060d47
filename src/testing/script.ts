/** Refusals that vendors are known for; each dialect answers with its own status, headers and body. */
export type ErrorName =
  | "invalid_request"
  | "bad_key"
  /** 403: the key may not do this. */
  | "forbidden"
  | "model_not_found"
  /** 413: too many bytes. */
  | "too_large"
  | "context_overflow"
  | "rate_limited"
  | "insufficient_quota"
  /** A limit of money that the account's owner set. */
  | "spend_limit"
  | "server_error"
  | "overloaded"
  /** 504: the vendor's own clock. */
  | "timed_out";

/** What a simulated vendor does with one request. All of it optional: an empty step is a good answer. */
export interface Step {
  /** Refuse. */
  readonly error?: ErrorName;
  /** Overrides the status of the refusal. */
  readonly status?: number;
  /** Sent as the vendor sends it (`retry-after`, in seconds). */
  readonly retryAfterMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds before the headers, before the first event after them, and between events. */
  readonly headersDelayMs?: number;
  readonly firstTokenDelayMs?: number;
  readonly tokenDelayMs?: number;
  /** Break the connection after so many bytes of the body, or so many events: orderly (`fin`) or not (`rst`). */
  readonly cut?: { readonly afterBytes?: number; readonly afterEvents?: number; readonly by: "fin" | "rst" };
  /** Go silent: before the headers, after them, or after so many events. The connection stays open. */
  readonly stall?: "accept" | "headers" | { readonly afterEvents: number };
  /** Instead of an answer: a proxy's page with status 200, broken JSON, or an event that is no JSON. */
  readonly garbage?: "html" | "json" | "event";
  /** An error event inside a 200 stream. */
  readonly errorEvent?: { readonly afterEvents: number; readonly error: ErrorName };
  /** Write the body in chunks of so many bytes, or of random sizes. Default: an event at a time. */
  readonly chunk?: number | "random";
  /** A comment (OpenAI, Gemini) or ping (Anthropic) before every event; nothing where the vendor has no such thing. */
  readonly keepAlives?: boolean;
  /** Keep the connection open after the last event. */
  readonly lingers?: boolean;
  /** What to answer, instead of what the brain says. */
  readonly reply?: Reply;
}

/** An answer, as the brain of a simulated vendor gives it. */
export interface Reply {
  readonly text?: string;
  readonly reasoning?: string;
  /** Reasoning that nobody is shown, at vendors that have such. */
  readonly hiddenReasoning?: string;
  /** A search that the vendor ran by itself, whose pages the text cites, at vendors that have such. */
  readonly search?: {
    readonly query: string;
    readonly found: readonly { readonly url: string; readonly title: string; readonly quote: string }[];
  };
  readonly toolCalls?: readonly { readonly name: string; readonly input: unknown }[];
  /** The model declined. */
  readonly refusal?: string;
  /**
   * Default `stop`, or what tool calls ask for. `length`: as if the output limit had cut it. `pause`: to be continued by
   * sending it back (before its search has found anything), at vendors that have such.
   */
  readonly finish?: "stop" | "length" | "pause";
  /** Token counts to report and bill, instead of those from the hidden ratio. */
  readonly usage?: {
    readonly input?: number;
    readonly cached?: number;
    readonly cacheWrite?: number;
    readonly output?: number;
    readonly reasoning?: number;
  };
}

/** What one request asked, in no vendor's words. */
export interface Ask {
  readonly api: Api;
  readonly model: string;
  readonly stream: boolean;
  /** The last user message's text. */
  readonly prompt: string;
  readonly system: string;
  /** Bytes of everything that counts as input. */
  readonly inputBytes: number;
  readonly maxTokens: number | undefined;
  readonly tools: readonly { readonly name: string; readonly schema: unknown }[];
  /** A tool that must be called. */
  readonly forcedTool: string | undefined;
  /** Schema that the answer has to have. */
  readonly schema: unknown;
  /**
   * Whether the prompt is cached: by itself and free to write; because the request marks it, at a price (`asked`); or not.
   */
  readonly cache: "automatic" | "asked" | "none";
  readonly body: Readonly<Record<string, unknown>>;
}

export type Api = "openai-responses" | "openai-chat" | "openai-compatible" | "anthropic" | "google" | "bedrock";

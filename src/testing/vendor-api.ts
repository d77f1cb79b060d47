import type { IncomingHttpHeaders } from "node:http";
import type { Bill, VendorPrice } from "./bill.ts";
import type { Brain } from "./brain.ts";
import type { Sent } from "./delivery.ts";
import type { Fields } from "./dialect.ts";
import type { Api, Ask, ErrorName, Step } from "./script.ts";

/** A model that a simulated vendor has. */
export interface VendorModel {
  /** USD per million tokens, as text. Default: 1 in, 2 out. */
  readonly price?: VendorPrice;
  /** What its brain can do, for exams. Default 100. */
  readonly strength?: number;
  /** Tokens that fit in its window. Default: no end. */
  readonly context?: number;
  /** Answers 400 to these fields of the body, as models do that take no sampling parameters. A path (`a.b`) looks inside. */
  readonly rejects?: readonly string[];
}

export interface VendorOptions {
  /** Which of the APIs it speaks; others are 404. Default: all. */
  readonly api?: Api | readonly Api[];
  /** Its models by id; others are refused. Default: whatever is asked for. */
  readonly models?: Readonly<Record<string, VendorModel>>;
  /** Keys that open it. Default: any. */
  readonly keys?: readonly string[];
  readonly brain?: Brain;
  /** For everything that is drawn: token ratios, ids, chunks, failures. Default 1. */
  readonly seed?: number;
  /** Default: one that is free. */
  readonly port?: number;
}

/** One request that came in. */
export interface Hit {
  readonly api: Api | undefined;
  readonly path: string;
  readonly model: string;
  readonly stream: boolean;
  readonly atMs: number;
  /** The id that the answer's headers carry. */
  readonly requestId: string;
  /** As the client sent them. */
  readonly headers: IncomingHttpHeaders;
  /** The body as it was sent, for looking into. */
  readonly body: Fields;
  status: number;
  /** `refused`: answered with an error. `open`: not over yet. */
  outcome: Sent | "refused" | "open";
}

/** A vendor to test against: see `startVendor`. */
export interface Vendor extends AsyncDisposable {
  /** For `openai({ baseURL })`. */
  readonly baseURL: string;
  /** For `anthropic({ baseURL })`, `google({ baseURL })` and `bedrock({ endpoint })`: the address alone, HTTP/1.1. */
  readonly url: string;
  /** The same over HTTP/2 without TLS, as the AWS SDK's own client speaks it. */
  readonly http2URL: string;
  /** Every request so far. */
  readonly hits: readonly Hit[];
  readonly openSockets: number;
  readonly openRequests: number;
  /** What to do with the next requests, one step each; then good answers again. A function decides for each request. */
  script(next: readonly Step[] | ((ask: Ask | undefined, index: number) => Step | undefined)): void;
  /** Refuse everything from now on. Default `overloaded`. */
  down(error?: ErrorName): void;
  up(): void;
  /** Refuse this share of requests, by seeded chance. */
  failing(share: number, error?: ErrorName): void;
  /** Resolves when no request is open. */
  idle(): Promise<void>;
  /** What was really produced, priced by its own code. */
  bill(): Bill;
  close(): Promise<void>;
}

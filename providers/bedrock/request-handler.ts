import type { Transport, TransportInit } from "../../src/kit/index.ts";

/** A request as the AWS SDK hands it to what carries it: signed, its path and query encoded. */
interface AwsRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What a call passes through the SDK's `send` to what carries it. */
export interface SendOptions {
  readonly abortSignal?: AbortSignal;
  readonly connectMs?: number;
}

/** An answer as the AWS SDK knows one. */
export interface AwsResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A Node stream or a web one. */
  readonly body?: unknown;
}

/** What `requestHandler` of the SDK's client takes. */
export interface RequestHandler {
  readonly metadata: { readonly handlerProtocol: string };
  handle(request: AwsRequest, options?: SendOptions): Promise<{ readonly response: AwsResponse }>;
  destroy(): void;
}

/** A transport as the AWS SDK's request handler: connections and aborts are the transport's, and nothing is retried. */
export const requestHandler = (transport: Transport): RequestHandler => ({
  metadata: { handlerProtocol: "http/1.1" },
  async handle(request, { abortSignal, connectMs } = {}) {
    const init: TransportInit = {
      method: request.method,
      headers: unframed(request.headers),
      ...(request.body !== undefined && { body: plainBytes(request.body) as string }),
      ...(abortSignal !== undefined && { signal: abortSignal }),
      ...(connectMs !== undefined && { connectMs }),
    };
    const { status, headers, body } = await transport.fetch(urlOf(request), init);
    return { response: { statusCode: status, headers: Object.fromEntries(headers.entries()), body } };
  },
  destroy() {},
});

const urlOf = ({ protocol, hostname, port, path, query = {} }: AwsRequest): string => {
  const asked = new URLSearchParams();
  for (const [name, values] of Object.entries(query))
    for (const value of [values].flat()) asked.append(name, value ?? "");
  const search = asked.size === 0 ? "" : `?${asked}`;
  return `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}${search}`;
};

/** The SDK's own bytes pretend to be text too, and warn whoever takes them for it. */
const plainBytes = (body: unknown): unknown =>
  body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : body;

/** Without what the transport says itself, and says alike: the signature holds. */
const unframed = (headers: AwsRequest["headers"]): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(host|content-length)$/i.test(name)));

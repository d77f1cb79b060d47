import { Readable } from "node:stream";
import { type Asking, type FailureOf, isObject, malformed, refusalOf } from "../../src/kit/index.ts";
import type { BedrockClient } from "./client.ts";
import { requestError, unsentError } from "./errors.ts";
import type { AwsResponse, SendOptions } from "./request-handler.ts";

/** As much of the SDK's commands as is used. */
export interface BedrockCommand {
  readonly middlewareStack: { add(middleware: never, options: never): void };
}

interface Exchange {
  readonly request?: { readonly headers?: Readonly<Record<string, string>> };
}
type Next = (args: Exchange) => Promise<{ readonly response: unknown }>;

/** What came of a request, taken before the SDK looks at it. */
type Taken = { readonly response: AwsResponse } | { readonly error: unknown };

/**
 * Sends a command and gives the answer raw, whatever its status: the SDK has built, signed and sent the request, and reads
 * nothing. It is shown an empty answer instead, so that it neither retries nor warns, whatever its client is set to; and the
 * reading, with its caps, its checks and its errors, is ours. A refusal is thrown.
 */
export const send = async (
  client: BedrockClient,
  command: BedrockCommand,
  of: FailureOf<Asking>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> => {
  const { signal, connectMs } = of.call;
  const secrets: string[] = [...of.secrets];
  let taken: Taken | undefined;
  const take = (next: Next) => async (args: Exchange) => {
    secrets.push(...secretsIn(args.request?.headers));
    taken = await next(args).then(
      ({ response }) => ({ response: response as AwsResponse }),
      (error: unknown) => ({ error }),
    );
    const told = "response" in taken ? taken.response.headers : {};
    return { response: { statusCode: 200, headers: { ...told }, body: Readable.from([]) } };
  };
  const add = (next: Next) => (args: Exchange) => {
    Object.assign(args.request?.headers ?? {}, headers);
    return next(args);
  };
  command.middlewareStack.add(take as never, { step: "deserialize", priority: "low", name: "headgateTake" } as never);
  command.middlewareStack.add(add as never, { step: "build", name: "headgateHeaders" } as never);
  const options: SendOptions = { abortSignal: signal, connectMs };
  const known: FailureOf<Asking> = { ...of, secrets };
  try {
    await client.send(command as never, options);
  } catch (error) {
    // Of an answer that is ours already, the SDK can say nothing.
    if (taken === undefined) throw unsentError(known, error);
  }
  if (taken === undefined) throw malformed(known, "the AWS client sent nothing");
  if ("error" in taken) throw requestError(known, taken.error);
  const response = responseOf(taken.response);
  if (response.status >= 300) throw requestError(known, await refusalOf(response));
  return response;
};

/** What was sent is what can be echoed: key ids, tokens, signatures, and what tells one prompt from another. */
const secretsIn = (headers: Readonly<Record<string, string>> = {}): readonly string[] =>
  Object.entries(headers).flatMap(([name, value]) => {
    if (/^x-amz-(security-token|content-sha256)$/i.test(name)) return [value];
    if (!/^authorization$/i.test(name)) return [];
    return [value.replace(/^Bearer /, ""), ...value.split(/[ ,=/]+/).filter((word) => word.length >= 16)];
  });

/** As much of `Response` as the kit reads. */
const responseOf = ({ statusCode, headers, body }: AwsResponse): Response => {
  const whole = typeof body === "string" || body instanceof Uint8Array ? new Response(body as string).body : body;
  const all = isObject(headers) ? headers : {};
  const get = (name: string): string | null => {
    const value = all[name];
    return typeof value === "string" ? value : null;
  };
  return { status: statusCode, headers: { get }, body: whole ?? null } as unknown as Response;
};

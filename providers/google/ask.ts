import type { HttpOptions } from "@google/genai";
import {
  type Asking,
  connectionError,
  type FailureOf,
  type GenerateCall,
  malformed,
  refusalOf,
  type Transport,
  type TransportInit,
} from "../../src/kit/index.ts";
import { requestError, unsentError } from "./errors.ts";

/** What the SDK built: where to, and what to say. */
export interface Built {
  readonly url: string;
  readonly body: string | undefined;
}

/** Of whom an answer is asked. What the request is signed with is added to the secrets when it is known. */
export interface AskedOf<Call extends Asking = GenerateCall> extends FailureOf<Call> {
  readonly secrets: string[];
}

export interface AskOptions {
  readonly of: AskedOf<Asking>;
  readonly transport: Transport;
  /** Given what the SDK has asked for, what is to be asked instead. */
  readonly change?: (built: Built) => Built;
  /** Further fields of the body. */
  readonly extraBody?: Readonly<Record<string, unknown>>;
}

/** Ends the SDK's own reading: what it would make of the answer is not wanted. */
const TAKEN = new Error("The answer was taken.");

/**
 * The vendor's answer as it came. The SDK builds the request (URL, authentication, body) and is given a `fetch` of this
 * one call, which carries it over the transport, keeps the answer, and throws in the SDK's face: so no byte of the answer
 * is read by anyone but the kit, which sees where it ends, and what its headers say. Nothing is tried again.
 */
export const askRaw = async (
  ask: (httpOptions: HttpOptions) => Promise<unknown>,
  { of, transport, change = (built) => built, extraBody }: AskOptions,
): Promise<Response> => {
  const { signal, connectMs } = of.call;
  let isAsked = false;
  let answer: Response | undefined;
  const fetch: NonNullable<HttpOptions["fetch"]> = async (url, init) => {
    isAsked = true;
    of.secrets.push(...signatures(init?.headers));
    const built = change({ url: String(url), body: typeof init?.body === "string" ? init.body : undefined });
    const request: TransportInit = {
      method: init?.method ?? "GET",
      headers: init?.headers ?? {},
      ...(built.body !== undefined && { body: built.body }),
      signal,
      connectMs,
    };
    answer = await transport.fetch(built.url, request);
    throw TAKEN;
  };
  try {
    await ask({ fetch, timeout: 0, retryOptions: { attempts: 1 }, ...(extraBody !== undefined && { extraBody }) });
  } catch (error) {
    if (answer === undefined) throw isAsked ? connectionError(of.call, of.provider, error) : unsentError(of, error);
  }
  if (answer === undefined) throw malformed(of, "the client asked nothing");
  if (answer.status >= 300) throw requestError(of, await refusalOf(answer));
  return answer;
};

/** A key, or a token that came from elsewhere: no error may repeat it. */
const signatures = (headers: RequestInit["headers"]): readonly string[] => {
  const all = new Headers(headers);
  const told = [all.get("x-goog-api-key"), all.get("authorization")?.replace(/^Bearer /, "")];
  return told.filter((each) => each !== null && each !== undefined && each !== "") as string[];
};

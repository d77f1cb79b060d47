import type { Asking, FailureOf } from "../../src/kit/index.ts";
import type { ChatClient } from "./client.ts";
import { requestError } from "./errors.ts";

/** The gateway has its own clocks; this is the longest that a timer can be set. */
const NO_TIMEOUT_MS = 2_147_483_647;

const settings = ({ signal, connectMs }: Asking): object => ({
  signal,
  maxRetries: 0,
  timeout: NO_TIMEOUT_MS,
  fetchOptions: { connectMs },
});

/** Asks by the SDK, which builds the URL and the headers; the answer's body is not read yet. */
export const post = async (
  client: ChatClient,
  path: string,
  body: object,
  of: FailureOf<Asking>,
): Promise<Response> => {
  try {
    return await client.post(path, { ...settings(of.call), body }).asResponse();
  } catch (error) {
    throw requestError(of, error);
  }
};

export const get = async (client: ChatClient, path: string, of: FailureOf<Asking>): Promise<Response> => {
  try {
    return await client.get(path, settings(of.call)).asResponse();
  } catch (error) {
    throw requestError(of, error);
  }
};

import type { IncomingMessage, ServerResponse } from "node:http";
import { type Dialect, type Fields, isFields, type Spoken } from "./dialect.ts";
import type { ErrorName, Step } from "./script.ts";
import type { Hit } from "./vendor-api.ts";
import { isGone, whenGone } from "./when-gone.ts";

/** The frames of a streamed answer, with what the step puts among them. */
export const scripted = (
  dialect: Dialect,
  spoken: Spoken,
  { errorEvent, keepAlives }: Step,
): ReturnType<Dialect["frames"]> => {
  const frames = [...dialect.frames(spoken)];
  if (errorEvent !== undefined) {
    frames.splice(errorEvent.afterEvents, frames.length, { wire: dialect.errorFrame(errorEvent.error), generated: 0 });
  }
  if (keepAlives !== true) return frames;
  return frames.map(({ wire, generated }) => ({ wire: dialect.keepAlive + wire, generated }));
};

export const garbled = (frames: ReturnType<Dialect["frames"]>, { garbage }: Step): ReturnType<Dialect["frames"]> => {
  if (garbage === "html") return [{ wire: "<html><body>502 Bad Gateway</body></html>", generated: 0 }];
  if (garbage === "json") return [{ wire: '{"id": "broken", "output": [}', generated: 0 }];
  return garbage === "event" ? [...frames.slice(0, 2), { wire: "data: {broken\n\n", generated: 0 }] : frames;
};

/** Answers with the vendor's own refusal. */
export const refuse = (
  dialect: Dialect,
  error: ErrorName,
  step: Step,
  hit: Hit,
  response: ServerResponse,
  message?: string,
): void => {
  const { status, headers, body } = dialect.refuse(error, message);
  hit.status = step.status ?? status;
  hit.outcome = "refused";
  const after = step.retryAfterMs === undefined ? {} : { "retry-after": String(step.retryAfterMs / 1_000) };
  response.writeHead(hit.status, { "content-type": "application/json", ...headers, ...after, ...step.headers });
  response.end(JSON.stringify(body));
};

/** Ends with the client, or after `ms`. */
export const pause = (ms: number | undefined, response: ServerResponse): Promise<void> => {
  if (ms === undefined || ms === 0 || isGone(response)) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      off();
      resolve();
    }, ms);
    const off = whenGone(response, () => {
      clearTimeout(timer);
      resolve();
    });
  });
};

/** The body as JSON; empty where it is none. */
export const readBody = async (request: IncomingMessage): Promise<Fields> => {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}");
    return isFields(body) ? body : {};
  } catch {
    return {};
  }
};

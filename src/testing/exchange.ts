import { type Dialect, type Fields, isFields, type Spoken } from "./dialect.ts";
import type { Line } from "./line.ts";
import type { ErrorName, Step } from "./script.ts";
import type { Hit } from "./vendor-api.ts";

/** The frames of a streamed answer, with what the step puts among them. */
export const scripted = (
  dialect: Dialect,
  spoken: Spoken,
  { errorEvent, keepAlives }: Step,
  requestId: string,
): ReturnType<Dialect["frames"]> => {
  const frames = [...dialect.frames(spoken)];
  if (errorEvent !== undefined) {
    const wire = dialect.errorFrame(errorEvent.error, requestId);
    frames.splice(errorEvent.afterEvents, frames.length, { wire, generated: 0 });
  }
  const { keepAlive } = dialect;
  if (keepAlives !== true || keepAlive === undefined) return frames;
  return frames.map(({ wire, generated }) => ({ wire: keepAlive + wire, generated }));
};

export const garbled = (
  frames: ReturnType<Dialect["frames"]>,
  dialect: Dialect,
  { garbage }: Step,
): ReturnType<Dialect["frames"]> => {
  if (garbage === "html") return [{ wire: "<html><body>502 Bad Gateway</body></html>", generated: 0 }];
  if (garbage === "json") return [{ wire: '{"id": "broken", "output": [}', generated: 0 }];
  return garbage === "event" ? [...frames.slice(0, 2), { wire: dialect.brokenFrame, generated: 0 }] : frames;
};

/** Answers with the vendor's own refusal. */
export const refuse = (
  dialect: Dialect,
  error: ErrorName,
  { step, hit, line }: { readonly step: Step; readonly hit: Hit; readonly line: Line },
  message?: string,
): void => {
  const { status, headers, body } = dialect.refuse(error, message, hit.requestId);
  hit.status = step.status ?? status;
  hit.outcome = "refused";
  const after = step.retryAfterMs === undefined ? {} : { "retry-after": String(step.retryAfterMs / 1_000) };
  line.head(hit.status, {
    "content-type": "application/json",
    [dialect.requestIdHeader]: hit.requestId,
    ...headers,
    ...after,
    ...step.headers,
  });
  line.end(JSON.stringify(body));
};

/** Ends with the client, or after `ms`. */
export const pause = (ms: number | undefined, line: Line): Promise<void> => {
  if (ms === undefined || ms === 0 || line.isGone) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      off();
      resolve();
    }, ms);
    const off = line.whenGone(() => {
      clearTimeout(timer);
      resolve();
    });
  });
};

/** The body as JSON; empty where it is none. */
export const readBody = async (request: AsyncIterable<unknown>): Promise<Fields> => {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}");
    return isFields(body) ? body : {};
  } catch {
    return {};
  }
};

import { listeners } from "../listeners.ts";
import type { Timers } from "../timers.ts";
import type { PostgresClient, PostgresPool } from "./client.ts";

/** What LISTEN hears. */
export interface Notifications {
  subscribe(topic: string, heard: (message: string) => void): () => void;
  close(): void;
}

interface Notice {
  readonly channel: string;
  readonly payload?: string;
}

/** PostgreSQL takes 7,999 bytes. */
const MAX_PAYLOAD_BYTES = 7_999;
const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 5_000;

/** One channel for all topics: names of channels are short. Throws for what is too long to be told. */
export const payloadOf = (topic: string, message: string): string => {
  const payload = JSON.stringify([topic, message]);
  const bytes = Buffer.byteLength(payload);
  if (bytes <= MAX_PAYLOAD_BYTES) return payload;
  throw new RangeError(`Expected a topic and a message of at most ${MAX_PAYLOAD_BYTES} bytes together, got ${bytes}`);
};

/**
 * Listens on a connection of its own, taken from the pool with the first that subscribes and closed with the last that ends. One that breaks is
 * taken anew, after waits that grow; what was said meanwhile is lost. Keeps no process alive.
 */
export const notificationsOf = (pool: PostgresPool, channel: string, timers: Timers): Notifications => {
  const heard = listeners();
  let client: PostgresClient | undefined;
  let isConnecting = false;
  let isClosed = false;
  let failures = 0;
  let cancelWait = (): void => {};

  const drop = (gone: PostgresClient): void => {
    if (client !== gone) return;
    client = undefined;
    gone.release(true);
  };
  const later = (): void => {
    failures += 1;
    cancelWait();
    cancelWait = timers.after(Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1)), settle);
  };
  const listen = async (): Promise<void> => {
    const taken = await pool.connect();
    client = taken;
    const lost = (): void => {
      if (client !== taken) return;
      drop(taken);
      later();
    };
    taken.on("error", lost);
    taken.on("end", lost);
    taken.on("notification", ({ channel: from, payload }: Notice) => {
      if (from === channel) tell(payload);
    });
    taken.unref?.();
    await taken.query(`LISTEN "${channel}"`);
    failures = 0;
  };
  const tell = (payload: string | undefined): void => {
    const said: unknown = parsed(payload);
    if (Array.isArray(said) && typeof said[0] === "string" && typeof said[1] === "string") heard.tell(said[0], said[1]);
  };
  /** Brings the connection in line with whether anybody listens. */
  const settle = (): void => {
    if (isConnecting) return;
    if (isClosed || !heard.has()) {
      cancelWait();
      if (client !== undefined) drop(client);
      return;
    }
    if (client !== undefined) return;
    isConnecting = true;
    listen()
      .catch(() => {
        if (client !== undefined) drop(client);
        later();
      })
      .finally(() => {
        isConnecting = false;
        if (client !== undefined) settle();
      });
  };
  return {
    subscribe(topic, tellMessage) {
      const end = heard.add(topic, tellMessage);
      settle();
      return () => {
        end();
        settle();
      };
    },
    close() {
      isClosed = true;
      settle();
    },
  };
};

const parsed = (payload: string | undefined): unknown => {
  try {
    return JSON.parse(payload ?? "");
  } catch {
    return undefined;
  }
};

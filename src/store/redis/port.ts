import type { Script } from "./script.ts";

/** What the parts of the store need of a client, whichever it is. Every operation names one key, so it goes to one node. */
export interface RedisPort {
  /** Bulk strings come as texts, whatever the client makes of them; integers as it has them. */
  evalScript(script: Script, key: string, args: readonly string[]): Promise<unknown>;
  get(key: string): Promise<string | undefined>;
  publish(channel: string, message: string): Promise<void>;
  /** A connection of its own for what is heard; opened by the first that listens. */
  openSubscriber(): Subscriber;
}

/** Hears channels. Keeps no process alive while it is connected; what fails is tried again by the client, or is not heard. */
export interface Subscriber {
  subscribe(channel: string, heard: (message: string) => void): void;
  unsubscribe(channel: string): void;
  close(): void;
}

import { type IoredisClient, subscribesApart } from "./client-types.ts";
import type { RedisPort, Subscriber } from "./port.ts";
import { runScript, texts } from "./run-script.ts";

/** ioredis: it puts its `keyPrefix` before keys itself, in a cluster finds the node, and answers texts to `call`. */
export const ioredisPort = (client: IoredisClient): RedisPort => ({
  evalScript: async (script, key, args) =>
    texts(
      await runScript(
        script,
        (sha) => client.call("EVALSHA", sha, "1", key, ...args),
        (source) => client.call("EVAL", source, "1", key, ...args),
      ),
    ),
  async get(key) {
    const value = await client.call("GET", key);
    return value === null ? undefined : String(value);
  },
  async publish(channel, message) {
    await client.publish(channel, message);
  },
  openSubscriber: () => (subscribesApart(client) ? subscriberOn(client, () => {}) : ownSubscriber(client)),
});

/** As much of a single client as it takes to open another one like it. */
interface Duplicating {
  duplicate(override: Record<string, unknown>): IoredisClient & {
    on(event: "error" | "connect", heard: () => void): unknown;
    readonly stream?: { unref?(): unknown };
  };
}

const ownSubscriber = (client: IoredisClient): Subscriber => {
  const own = (client as unknown as Duplicating).duplicate({
    // A subscription waits for the connection, however long that takes.
    maxRetriesPerRequest: null,
    enableOfflineQueue: true,
    commandTimeout: undefined,
    autoResubscribe: true,
    lazyConnect: false,
  });
  // Nobody else listens, and an error event that nobody hears ends the process. The client connects again by itself.
  own.on("error", () => {});
  own.on("connect", () => own.stream?.unref?.());
  return subscriberOn(own, () => own.disconnect());
};

const subscriberOn = (client: IoredisClient, close: () => void): Subscriber => {
  const byChannel = new Map<string, (message: string) => void>();
  const onMessage = (channel: string, message: string): void => byChannel.get(channel)?.(message);
  client.on("message", onMessage);
  const ignored = (): void => {};
  return {
    subscribe(channel, heard) {
      byChannel.set(channel, heard);
      client.subscribe(channel).catch(ignored);
    },
    unsubscribe(channel) {
      byChannel.delete(channel);
      client.unsubscribe(channel).catch(ignored);
    },
    close() {
      client.off("message", onMessage);
      for (const channel of byChannel.keys()) client.unsubscribe(channel).catch(ignored);
      byChannel.clear();
      close();
    },
  };
};

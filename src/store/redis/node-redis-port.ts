import { type NodeRedisClient, subscribesApart } from "./client-types.ts";
import type { RedisPort, Subscriber } from "./port.ts";
import { runScript, texts } from "./run-script.ts";

/** node-redis: it puts its `keyPrefix` before keys itself, and in a cluster finds the node. */
export const nodeRedisPort = (handedIn: NodeRedisClient): RedisPort => {
  // A view of the same connection that answers texts, whatever the client's own mapping makes of them.
  const client = handedIn.withTypeMapping({}) as NodeRedisClient;
  return {
    evalScript: async (script, key, args) => {
      const options = { keys: [key], arguments: [...args] };
      return texts(
        await runScript(
          script,
          (sha) => client.evalSha(sha, options),
          (source) => client.eval(source, options),
        ),
      );
    },
    async get(key) {
      const value = texts(await client.get(key));
      return value === null ? undefined : String(value);
    },
    async publish(channel, message) {
      await client.publish(channel, message);
    },
    openSubscriber: () => (subscribesApart(handedIn) ? subscriberOn(async () => handedIn) : ownSubscriber(handedIn)),
  };
};

/** As much of a single client as it takes to open another one like it. */
interface Duplicating {
  duplicate(): NodeRedisClient & {
    on(event: "error" | "connect", heard: () => void): unknown;
    connect(): Promise<unknown>;
    unref(): void;
    destroy(): void;
  };
}

const ownSubscriber = (client: NodeRedisClient): Subscriber => {
  const own = (client as unknown as Duplicating).duplicate();
  let isClosed = false;
  const destroyIfClosed = (): void => {
    if (isClosed) own.destroy();
  };
  // Nobody else listens, and an error event that nobody hears ends the process. The client connects again by itself.
  own.on("error", () => {});
  // A client that is destroyed while it connects goes on to connect.
  own.on("connect", destroyIfClosed);
  own.unref();
  const connected = own.connect().then(() => own);
  connected.then(destroyIfClosed, () => {});
  return {
    ...subscriberOn(() => connected),
    close() {
      isClosed = true;
      destroyIfClosed();
    },
  };
};

const subscriberOn = (connected: () => Promise<NodeRedisClient>): Subscriber => {
  const channels = new Set<string>();
  const ignored = (): void => {};
  const unsubscribe = (channel: string): void => {
    channels.delete(channel);
    connected()
      .then((client) => client.unsubscribe(channel))
      .catch(ignored);
  };
  return {
    subscribe(channel, heard) {
      channels.add(channel);
      connected()
        .then((client) => client.subscribe(channel, (message) => heard(String(message))))
        .catch(ignored);
    },
    unsubscribe,
    close() {
      for (const channel of [...channels]) unsubscribe(channel);
    },
  };
};

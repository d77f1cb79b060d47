/** Who listens to which topic in this process. */
export interface Listeners {
  /** The result ends it. */
  add(topic: string, heard: (message: string) => void): () => void;
  tell(topic: string, message: string): void;
  readonly topics: Iterable<string>;
  /** Whether anybody listens, to this topic or to any. */
  has(topic?: string): boolean;
}

export const listeners = (): Listeners => {
  const byTopic = new Map<string, Set<{ heard(message: string): void }>>();
  return {
    add(topic, heard) {
      const own = { heard };
      byTopic.set(topic, (byTopic.get(topic) ?? new Set()).add(own));
      return () => {
        const all = byTopic.get(topic);
        all?.delete(own);
        if (all?.size === 0) byTopic.delete(topic);
      };
    },
    tell(topic, message) {
      for (const { heard } of [...(byTopic.get(topic) ?? [])]) {
        try {
          heard(message);
        } catch {
          // A listener that fails is its own affair: the others are told, and who published goes on.
        }
      }
    },
    get topics() {
      return byTopic.keys();
    },
    has: (topic) => (topic === undefined ? byTopic.size > 0 : byTopic.has(topic)),
  };
};

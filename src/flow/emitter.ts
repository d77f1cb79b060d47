import { fault } from "./fault.ts";

/** Listeners by event name. One that throws, or whose promise rejects, touches no call. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(event: never) => unknown>>();

  /** The result takes the listener off again. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => unknown): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // Wrapped, so that the same function can be added twice and taken off once.
    const own = (event: Events[Name]): unknown => listener(event);
    listeners.add(own);
    return () => void listeners.delete(own);
  }

  /** The event is made only if somebody listens. */
  emit<Name extends keyof Events>(name: Name, make: () => Events[Name]): void {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined || listeners.size === 0) return;
    const event = make();
    for (const listener of listeners) tell(String(name), listener as (event: unknown) => unknown, event);
  }
}

const tell = (name: string, listener: (event: unknown) => unknown, event: unknown): void => {
  const report = (error: unknown): void => fault(`a listener of "${name}" threw`, error);
  try {
    const result = listener(event);
    if (result instanceof Promise) result.catch(report);
  } catch (error) {
    report(error);
  }
};

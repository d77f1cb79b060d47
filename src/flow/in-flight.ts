import { type Clock, GatewayError, type OwnedScope } from "../contract/index.ts";

/** The calls that are running: so that closing can wait for them, and end what does not end. */
export class InFlight {
  readonly #scopes = new Set<OwnedScope>();
  #whenIdle: (() => void) | undefined;

  add(scope: OwnedScope): void {
    this.#scopes.add(scope);
    scope.onClose(() => {
      this.#scopes.delete(scope);
      if (this.#scopes.size === 0) this.#whenIdle?.();
    });
  }

  /** Resolves when nothing runs any more: of itself within `graceMs`, or ended then. */
  async drain(clock: Clock, graceMs: number): Promise<void> {
    if (this.#scopes.size === 0) return;
    const idle = new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
    const cancel = clock.after(graceMs, () => this.#endAll(), { keepAlive: true });
    await idle;
    cancel();
  }

  #endAll(): void {
    const error = new GatewayError("closed", "The gateway was closed while the call was running.", { details: {} });
    for (const scope of [...this.#scopes]) scope.abort(error);
  }
}

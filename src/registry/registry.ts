import { GatewayError, type Issue, type Loaded, type RegistrySource } from "../contract/index.ts";
import { fileSource } from "./file-source.ts";
import { asInvalid } from "./load-registry.ts";
import { registryInvalid } from "./parse.ts";
import { readRegistry } from "./read-registry.ts";
import type { Snapshot } from "./snapshot.ts";
import { objectSource, type RegistryInput } from "./source.ts";

/** What became of a load. */
export interface RegistryChange {
  readonly state: "loaded" | "reloaded" | "rejected";
  readonly version: string | undefined;
  readonly source: string;
  readonly issues: readonly Issue[];
}

/**
 * The registry in force. Loaded when first asked for; reloaded whenever its source says so; swapped whole. A bad one keeps
 * the last good one in force and is told once; a bad first one fails every call until it is mended.
 */
export class Registry {
  readonly #source: RegistrySource;
  readonly #providers: readonly string[];
  readonly #tell: (change: RegistryChange) => void;
  #current: Snapshot | undefined;
  #failure: GatewayError | undefined;
  /** What was loaded last, good or bad: an equal one is not looked at again. */
  #seen: string | undefined;
  #loading: Promise<void> | undefined;
  #again = false;
  #unsubscribe: (() => void) | undefined;
  #unwatchable = false;
  #closed = false;

  constructor(input: RegistryInput, providers: readonly string[], tell: (change: RegistryChange) => void) {
    this.#source = sourceOf(input);
    this.#providers = providers;
    this.#tell = tell;
  }

  /** The snapshot in force, at once where there is one. Rejects with `registry_invalid` while there never was a good one. */
  current(): Snapshot | Promise<Snapshot> {
    return this.#current ?? this.#first();
  }

  /** Looks now. Rejects with what is wrong, whatever stays in force. */
  async reload(): Promise<void> {
    // What is being read may be older than the wish.
    await this.#loading;
    await this.#reload();
    if (this.#failure !== undefined) throw again(this.#failure);
  }

  close(): void {
    this.#closed = true;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  async #first(): Promise<Snapshot> {
    // Who is told of changes waits for one; who is not looks again.
    if (this.#failure === undefined || this.#unsubscribe === undefined || this.#loading !== undefined)
      await this.#reload();
    if (this.#current !== undefined) return this.#current;
    throw again(this.#failure ?? registryInvalid(this.#source.name, [{ path: "", message: "was not loaded" }]));
  }

  /** One load at a time; a change that comes meanwhile is looked at after it. */
  #reload(): Promise<void> {
    if (this.#loading !== undefined) {
      this.#again = true;
      return this.#loading;
    }
    this.#loading = this.#load().finally(() => {
      this.#loading = undefined;
      this.#watch();
      if (this.#again) {
        this.#again = false;
        this.#reload();
      }
    });
    return this.#loading;
  }

  async #load(): Promise<void> {
    const { name } = this.#source;
    try {
      const loaded = await this.#read();
      const content = fingerprint(loaded);
      if (content !== undefined && content === this.#seen) return;
      this.#seen = content;
      const snapshot = await readRegistry(loaded, name, this.#providers);
      const state = this.#current === undefined ? "loaded" : "reloaded";
      const unchanged = this.#current?.version === snapshot.version && this.#failure === undefined;
      this.#current = snapshot;
      this.#failure = undefined;
      if (!unchanged) this.#tell({ state, version: snapshot.version, source: name, issues: [] });
    } catch (error) {
      this.#reject(error);
    }
  }

  /** After a source that could not be read, whatever it has next is looked at, even what was there before. */
  async #read(): Promise<Loaded> {
    try {
      return await this.#source.load();
    } catch (error) {
      this.#seen = undefined;
      throw error;
    }
  }

  /** One change of state, one word: the same failure again is not told again. */
  #reject(error: unknown): void {
    const { name } = this.#source;
    const failure = asInvalid(name, error);
    if (this.#failure?.message === failure.message) return;
    this.#failure = failure;
    this.#tell({ state: "rejected", version: this.#current?.version, source: name, issues: failure.details.issues });
  }

  #watch(): void {
    if (this.#closed || this.#unsubscribe !== undefined || this.#unwatchable) return;
    try {
      this.#unsubscribe = this.#source.subscribe?.(() => {
        if (!this.#closed) this.#reload();
      });
    } catch {
      // A source that cannot be watched still has what it has.
      this.#unwatchable = true;
      const message = `headgate: ${this.#source.name} cannot be watched; changes to it are not seen.`;
      process.emitWarning(message, { code: "HEADGATE_REGISTRY" });
    }
  }
}

const sourceOf = (input: RegistryInput): RegistrySource => {
  if (typeof input === "string") return fileSource(input);
  return "load" in input && typeof input.load === "function" ? (input as RegistrySource) : objectSource(input as never);
};

const fingerprint = (loaded: Loaded): string | undefined => ("text" in loaded ? loaded.text : undefined);

/** Every call gets an error of its own, since each carries its own attempts. */
const again = (error: GatewayError): GatewayError =>
  new GatewayError("registry_invalid", error.message, {
    details: error.details as { readonly issues: readonly Issue[] },
  });

const REDACTED = "[redacted]";

/** A secret that cannot be printed by accident: text, JSON and `util.inspect` show `[redacted]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    Object.defineProperty(this, Symbol.for("nodejs.util.inspect.custom"), { value: () => REDACTED });
  }

  /** The secret itself, for the one place that sends it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }
}

/** From the environment, where it is set and not empty. */
export const fromEnvironment = (name: string): Secret | undefined => {
  const value = process.env[name];
  return value === undefined || value === "" ? undefined : new Secret(value);
};

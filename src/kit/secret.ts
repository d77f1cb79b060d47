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

/** A secret as it is sent: without the line feed of the file that it was read from, which vendors do not quote back. */
export const secretOf = (value: string | undefined): Secret | undefined => {
  const sent = value?.trim() ?? "";
  return sent === "" ? undefined : new Secret(sent);
};

/** From the environment, where it is set and not blank. */
export const fromEnvironment = (name: string): Secret | undefined => secretOf(process.env[name]);

/** More than are ever in use at a time: each request has one, and a fresh one comes before the last has run out. */
const MOST_KEPT = 8;

/** Keeps secrets that come one after another (short-lived tokens), so that those in flight are found in no error. */
export const keepSecret = (secrets: string[], secret: string): void => {
  if (secrets.includes(secret)) return;
  secrets.push(secret);
  if (secrets.length > MOST_KEPT) secrets.shift();
};

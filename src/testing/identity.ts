import type { Spoken } from "./dialect.ts";

/** Vendors so far: two of the same seed are still two, and do not know each other's state. */
let vendors = 0;

/** Who a simulated vendor is: the ids it gives, and the opaque state that it will know again. */
export class Identity {
  readonly #name: string;
  #ids = 0;

  constructor(chance: () => number) {
    vendors += 1;
    this.#name = `${Math.floor(chance() * 1e9).toString(36)}v${vendors}`;
  }

  isOwn(seal: string): boolean {
    return seal.startsWith(`${this.#name}-`);
  }

  /** For one answer: its own id stays the same throughout it, its parts get theirs. */
  speaker(): Pick<Spoken, "id" | "seal" | "createdAt"> {
    const made = new Map<string, string>();
    const unique = (prefix: string): string => {
      this.#ids += 1;
      return `${prefix}_${this.#name}${this.#ids}`;
    };
    return {
      id: (prefix) => {
        if (prefix !== "resp" && prefix !== "chatcmpl" && prefix !== "msg") return unique(prefix);
        const id = made.get(prefix) ?? unique(prefix);
        made.set(prefix, id);
        return id;
      },
      seal: (of) => `${this.#name}-${Buffer.from(of).toString("base64url").slice(0, 40)}`,
      createdAt: Math.floor(Date.now() / 1_000),
    };
  }
}

import type { Dispatcher } from "undici";

type Raw = Dispatcher.ResponseData["headers"];
type Body = Dispatcher.ResponseData["body"];

/** As much of `Headers` as SDKs and the kit read; names in any case. */
export class LeanHeaders {
  readonly #raw: Raw;

  constructor(raw: Raw) {
    this.#raw = raw;
  }

  get(name: string): string | null {
    const value = this.#raw[name.toLowerCase()];
    if (value === undefined) return null;
    return typeof value === "string" ? value : value.join(", ");
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  *entries(): IterableIterator<[string, string]> {
    for (const name of Object.keys(this.#raw)) yield [name, this.get(name) ?? ""];
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.entries()) yield value;
  }

  forEach(fn: (value: string, name: string) => void): void {
    for (const [name, value] of this.entries()) fn(value, name);
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
}

/** As much of `Response` as SDKs touch before they hand it over. `body` is undici's own stream. */
export class LeanResponse {
  readonly url: string;
  readonly status: number;
  readonly headers: LeanHeaders;
  readonly body: Body;
  readonly redirected = false;
  readonly type = "basic";
  readonly statusText = "";

  constructor(url: string, status: number, headers: Raw, body: Body) {
    this.url = url;
    this.status = status;
    this.headers = new LeanHeaders(headers);
    this.body = body;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  text(): Promise<string> {
    return this.body.text();
  }

  json(): Promise<unknown> {
    return this.body.json();
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.body.arrayBuffer();
  }
}

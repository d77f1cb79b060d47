import type { GatewayError, Loaded } from "../contract/index.ts";
import type { Address } from "./http-request.ts";
import { registryInvalid } from "./parse.ts";

/** An answer as text with its format. Rejects with `registry_invalid` where it is none, or larger than it may be. */
export const bodyOf = async (response: Response, { url, name }: Address, maxBytes: number): Promise<Loaded> => {
  const refuse = async (message: string): Promise<GatewayError> => {
    await response.body?.cancel();
    return registryInvalid(name, [{ path: "", message }]);
  };
  if (response.status !== 200) {
    const hint = REDIRECTS.has(response.status) ? "; with headers or a query a redirect is not followed" : "";
    throw await refuse(`it answered with status ${response.status}${hint}`);
  }
  const type = (response.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (type.includes("html")) throw await refuse("it answered with a page (HTML), not with YAML or JSON");
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop lets the rest of the answer go.
    if (size > maxBytes) throw registryInvalid(name, [{ path: "", message: `it is larger than ${maxBytes} bytes` }]);
    chunks.push(chunk);
  }
  const text = decoded(Buffer.concat(chunks));
  if (text === undefined) throw registryInvalid(name, [{ path: "", message: "it is not in UTF-8" }]);
  return { text, format: formatOf(type, url) };
};

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const decoded = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

/** By what the answer says of itself (`application/json`, `text/yaml`, `application/x+json`), else by the address. */
const formatOf = (type: string, url: string): "yaml" | "json" => {
  if (/\bjson$/.test(type)) return "json";
  if (/\byaml$/.test(type)) return "yaml";
  return new URL(url).pathname.endsWith(".json") ? "json" : "yaml";
};

import { type Credential, GatewayError } from "../contract/index.ts";
import { fromEnvironment, type Secret, secretOf } from "./secret.ts";

/** One of several keys of a provider. */
export interface KeyedCredential {
  readonly id: string;
  /** What the vendor limits: credentials of one account share its cooldowns. Default: the id. */
  readonly account?: string;
  readonly apiKey: string;
}

/** A client of the vendor's SDK, and what must appear in no error. */
export interface Opened<Client> {
  readonly client: Client;
  readonly secrets: readonly string[];
}

/** Who may open the vendor, and with what. */
export interface Clients<Client> {
  /** As the gateway knows them: without their keys. */
  readonly credentials: readonly Credential[];
  open(credentialId: string): Promise<Opened<Client>>;
}

/** A client for each credential, opened when first needed and kept; one that could not be opened is tried again. */
export const clientsOf = <Client>(
  name: string,
  credentials: readonly Pick<KeyedCredential, "id" | "account">[] | undefined,
  open: (credentialId: string) => Promise<Opened<Client>>,
): Clients<Client> => {
  const opened = new Map<string, Promise<Opened<Client>>>();
  return {
    credentials: credentials?.map(({ id, account = id }) => ({ id, account })) ?? [{ id: name, account: name }],
    open(credentialId) {
      const known = opened.get(credentialId);
      if (known !== undefined) return known;
      const opening = open(credentialId);
      opened.set(credentialId, opening);
      opening.catch(() => opened.delete(credentialId));
      return opening;
    },
  };
};

export interface KeySource {
  /** The provider's name, for errors. */
  readonly name: string;
  readonly credentials: readonly KeyedCredential[] | undefined;
  readonly apiKey: string | undefined;
  /** Environment variable to look in. */
  readonly variable: string;
  /** How a key is passed in code, such as `openai({ apiKey })`. */
  readonly usage: string;
}

/** The key of a credential: its own, the one that was passed, or the environment's. `credential_rejected` where there is none. */
export const apiKeyOf = (source: KeySource, credentialId: string): Secret => {
  const { name, credentials, apiKey, variable, usage } = source;
  if (credentials !== undefined) {
    const own = secretOf(credentials.find(({ id }) => id === credentialId)?.apiKey);
    if (own !== undefined) return sendable(own, name);
    throw noKey(name, `there is no key for the credential "${credentialId}": give one in credentials.`);
  }
  const key = secretOf(apiKey) ?? fromEnvironment(variable);
  if (key !== undefined) return sendable(key, name);
  throw noKey(name, `no API key: set ${variable}, or pass ${usage}.`);
};

/** A header that cannot be built fails like a connection, and says the key while it does. */
const sendable = (key: Secret, name: string): Secret => {
  if (/^[\x21-\x7e]+$/.test(key.reveal())) return key;
  throw noKey(name, "the API key has characters that no key has: was it copied whole, and nothing else?");
};

const noKey = (provider: string, why: string): GatewayError<"credential_rejected"> =>
  new GatewayError("credential_rejected", `${provider}: ${why}`, {
    details: { provider, sent: false },
    status: 401,
    scope: "credential",
  });

import {
  type GenerateRequest,
  isObject,
  type Json,
  type JsonObject,
  type Owner,
  ownState,
  type VendorState,
} from "../../src/kit/index.ts";

/** Whose answer is read. */
export interface Answering extends Owner {
  /** The vendor's own model id. */
  readonly model: string;
}

/** Parts of the AI SDK that have no part of ours: told by their state, and given back as what they were. */
export type Disguise = { readonly as: "reasoning-file" } | { readonly as: "custom"; readonly kind: string };

/** A value as JSON carries it; what it cannot carry is left out. */
export const jsonOf = (value: unknown): Json | undefined => {
  try {
    const text: string | undefined = JSON.stringify(value);
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
};

/** `providerMetadata`: objects by the key of a provider. */
export const metadataOf = (told: unknown): JsonObject => {
  const metadata = isObject(told) ? jsonOf(told) : undefined;
  return isObject(metadata) ? metadata : {};
};

/** The state of a part whose vendor gave it some. */
export const toldState = (told: unknown, answering: Answering): { readonly state?: VendorState } => {
  const metadata = metadataOf(told);
  return Object.keys(metadata).length === 0 ? {} : { state: stateOf(metadata, answering) };
};

/** The state of a part that only its own vendor can take back, whether or not it said more of it. */
export const ownedState = (
  told: unknown,
  answering: Answering,
  disguise?: Disguise,
): { readonly state: VendorState } => ({ state: stateOf(metadataOf(told), answering, disguise) });

const stateOf = (metadata: JsonObject, { provider, model, account }: Answering, disguise?: Disguise): VendorState => ({
  provider,
  model,
  account,
  data: { metadata, ...disguise },
});

/** What goes back with a part to the account that made it. */
export interface Echo {
  readonly metadata: JsonObject;
  readonly as?: string;
  readonly kind?: string;
}

export const echoOf = (state: VendorState | undefined, owner: Owner): Echo | undefined => {
  const data = ownState(state, owner);
  if (data === undefined) return undefined;
  const { metadata, as, kind } = data;
  return {
    metadata: isObject(metadata) ? metadata : {},
    ...(typeof as === "string" && { as }),
    ...(typeof kind === "string" && { kind }),
  };
};

/** The account that a conversation is bound to: the one whose vendor gave something to be given back. */
export const affinity = (request: GenerateRequest, provider: string): string | undefined => {
  for (const { content } of request.messages.toReversed()) {
    if (typeof content === "string") continue;
    for (const part of content.toReversed()) {
      if ("state" in part && part.state?.provider === provider && binds(part.state)) return part.state.account;
    }
  }
  return undefined;
};

const binds = ({ data }: VendorState): boolean =>
  isObject(data) && isObject(data["metadata"]) && Object.keys(data["metadata"]).length > 0;

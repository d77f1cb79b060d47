import type { GenerateRequest, VendorState } from "../contract/index.ts";
import { isObject, type JsonObject } from "./json.ts";

/** Whose state may be sent back: this provider's, made with this account. */
export interface Owner {
  readonly provider: string;
  readonly account: string;
}

/** State that this account made. Any other is opaque, and vendors answer 400 to it. */
export const ownState = (state: VendorState | undefined, owner: Owner): JsonObject | undefined => {
  if (state === undefined || state.provider !== owner.provider || state.account !== owner.account) return undefined;
  return isObject(state.data) ? state.data : undefined;
};

/**
 * The account that a conversation is bound to: the one that made the newest state of this provider in it. Elsewhere the
 * conversation goes on too, without that state. What `Provider.affinity` answers.
 */
export const boundAccount = (request: GenerateRequest, provider: string): string | undefined => {
  for (const { content } of request.messages.toReversed()) {
    if (typeof content === "string") continue;
    for (const part of content.toReversed()) {
      if ("state" in part && part.state?.provider === provider) return part.state.account;
    }
  }
  return undefined;
};

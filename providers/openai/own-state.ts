import { isObject, type JsonObject, type VendorState } from "../../src/kit/index.ts";

/** Whose state may be sent back: this provider's, made with this account. */
export interface Owner {
  readonly provider: string;
  readonly account: string;
}

/** State that this account made. Any other is opaque, and the vendor answers 400 to it. */
export const ownState = (state: VendorState | undefined, owner: Owner): JsonObject | undefined => {
  if (state === undefined || state.provider !== owner.provider || state.account !== owner.account) return undefined;
  return isObject(state.data) ? state.data : undefined;
};

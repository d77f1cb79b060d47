import { type Concede, type GatewayError, isObject, type JsonObject, type VendorState } from "../../src/kit/index.ts";

/** What translating a prompt needs to know beside the prompt. */
export interface Prompting {
  readonly provider: string;
  readonly account: string;
  /** Whether hints of parts become breakpoints of the prompt cache. */
  readonly cacheHints: boolean;
  readonly citations: boolean;
  /** Whether system messages may stand among the others. */
  readonly systemMessages: boolean;
  readonly concede: Concede;
  /** For what can be neither sent nor left out. */
  readonly unsupported: (path: string, message: string) => GatewayError<"unsupported">;
}

/** State that this account made and may be sent back to it. Any other is opaque, and the vendor answers 400 to it. */
export const ownState = (state: VendorState | undefined, { provider, account }: Prompting): JsonObject | undefined => {
  if (state === undefined || state.provider !== provider || state.account !== account) return undefined;
  return isObject(state.data) ? state.data : undefined;
};

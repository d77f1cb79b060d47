import { randomUUID } from "node:crypto";
import type { CallContext, Commit, OptionsOf, Provider, Request, StreamOptions } from "./contract/index.ts";
import { contentStream } from "./flow/content-stream.ts";
import { type OwnedCall, Reader } from "./flow/reader.ts";
import { rootScope } from "./flow/scope.ts";
import type { Gateway, GatewayOptions } from "./gateway-api.ts";
import { House } from "./house.ts";
import { mergeContext } from "./policy/merge-context.ts";
import { normalize } from "./policy/normalize.ts";
import { resolveTimeouts } from "./policy/resolve-timeouts.ts";
import { validateCommit, validateRequest } from "./policy/validate-request.ts";

type TenantOf<Options> = Options extends { readonly defaultTenant: false } ? { readonly tenant: string } : unknown;

/**
 * Composes providers, registry and policies into one gateway. Synchronous, and touches neither file nor network: the
 * registry is read by the first call, or by `ready()`. Bad options throw `invalid_request`.
 *
 * State lives in this process: limits of several processes are their own until a shared store is passed.
 */
export const createGateway = <
  const Providers extends readonly Provider[],
  const Options extends GatewayOptions<Providers>,
>(
  options: Options & { readonly providers: Providers },
): Gateway<OptionsOf<Providers>, TenantOf<Options>> =>
  view(new House(options), {}) as Gateway<OptionsOf<Providers>, TenantOf<Options>>;

/** The house as seen by calls that share some context. */
const view = (house: House, context: CallContext): Gateway => {
  const reader = (mode: "complete" | "stream", asked: Request, commit: Commit): Reader => {
    house.refuseIfClosed();
    const request = mergeContext(context, asked);
    validateRequest(request, house.requiresTenant);
    const input = normalize(request);
    const timeouts = resolveTimeouts(mode, request.timeouts, house.timeouts);
    const open = (): OwnedCall => {
      const scope = rootScope(house.clock);
      house.enter(scope);
      return { id: randomUUID(), mode, request, input, timeouts, commit, scope, startedAtMs: house.clock.now() };
    };
    return new Reader(open, house.handler);
  };
  const gateway: Gateway = {
    async complete(request) {
      const whole = reader("complete", request as Request, "finish");
      const ended = whole.ended();
      whole.drive().catch(() => {});
      return (await ended) as never;
    },
    stream(request) {
      const { commit = "first-content", ...rest }: Request & StreamOptions = { ...(request as Request) };
      validateCommit(commit);
      return contentStream(reader("stream", rest as Request, commit));
    },
    async explain(request) {
      const merged = mergeContext(context, request as Request);
      validateRequest(merged, house.requiresTenant);
      return house.explain(merged, normalize(merged));
    },
    for: (more) => view(house, mergeContext(context, more)) as never,
    ready: () => house.ready(),
    on: (name, listener) => house.on(name, listener),
    close: (options) => house.close(options),
    [Symbol.asyncDispose]: () => house.close(),
  };
  return gateway;
};

import { randomUUID } from "node:crypto";
import type {
  Answer,
  Call,
  CallContext,
  Commit,
  EmbedRequest,
  OptionsOf,
  Provider,
  Request,
  StreamOptions,
} from "./contract/index.ts";
import { embeddingOf } from "./flow/completion-of.ts";
import { contentStream } from "./flow/content-stream.ts";
import { type OwnedCall, Reader } from "./flow/reader.ts";
import { rootScope } from "./flow/scope.ts";
import type { Gateway, GatewayOptions } from "./gateway-api.ts";
import { House } from "./house.ts";
import { embedding } from "./policy/embedding.ts";
import { mergeContext } from "./policy/merge-context.ts";
import { normalize } from "./policy/normalize.ts";
import { resolveTimeouts } from "./policy/resolve-timeouts.ts";
import { validateCommit, validateEmbedRequest, validateRequest } from "./policy/validate-request.ts";

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

/** The whole answer, read to its end. */
const whole = async (reader: Reader): Promise<Answer> => {
  const ended = reader.ended();
  reader.drive().catch(() => {});
  return ended;
};

/** The house as seen by calls that share some context. */
const view = (house: House, context: CallContext): Gateway => {
  const reader = (mode: "complete" | "stream", asked: Request, commit: Commit): Reader => {
    house.refuseIfClosed();
    const request = mergeContext(context, asked);
    validateRequest(request, house.requiresTenant);
    return reading({ mode, request, commit });
  };
  const reading = ({ mode, request, ...rest }: Pick<Call, "mode" | "request" | "commit" | "embed">): Reader => {
    const input = normalize(request);
    const timeouts = resolveTimeouts(mode, request.timeouts, house.timeouts);
    const open = (): OwnedCall => {
      const scope = rootScope(house.clock);
      house.enter(scope);
      return { id: randomUUID(), mode, request, input, timeouts, ...rest, scope, startedAtMs: house.clock.now() };
    };
    return new Reader(open, house.handler);
  };
  const gateway: Gateway = {
    async complete(request) {
      return (await whole(reader("complete", request as Request, "finish"))) as never;
    },
    async embed(asked) {
      house.refuseIfClosed();
      const merged = mergeContext(context, asked as EmbedRequest);
      validateEmbedRequest(merged, house.requiresTenant);
      return embeddingOf(await whole(reading({ mode: "complete", commit: "finish", ...embedding(merged) })));
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
    spend: async (asking) => house.spend(mergeContext(context, asking)),
    limits: async (asking) => house.limits(mergeContext(context, asking)),
    reconcile: async (asking) => house.reconcile(mergeContext(context, asking)),
    for: (more) => view(house, mergeContext(context, more)) as never,
    ready: () => house.ready(),
    reload: () => house.reload(),
    on: (name, listener) => house.on(name, listener),
    close: (options) => house.close(options),
    [Symbol.asyncDispose]: () => house.close(),
  };
  return gateway;
};

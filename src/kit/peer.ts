import { GatewayError } from "../contract/index.ts";

/**
 * An optional peer dependency, imported when first needed and once. One that is not installed is `missing_peer`, which
 * names the command to install it; any other failure of the import is thrown as it is.
 *
 * @example const sdk = peer("openai@^7", () => import("openai"));
 */
export const peer = <Module>(spec: string, load: () => Promise<Module>): (() => Promise<Module>) => {
  let loading: Promise<Module> | undefined;
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw isMissing(error, nameOf(spec)) ? missing(spec) : error;
    });
    return loading;
  };
};

const nameOf = (spec: string): string => spec.slice(0, spec.lastIndexOf("@") > 0 ? spec.lastIndexOf("@") : undefined);

/** The package itself is not there; not one that it needs. */
const isMissing = (error: unknown, name: string): boolean =>
  error instanceof Error &&
  "code" in error &&
  error.code === "ERR_MODULE_NOT_FOUND" &&
  error.message.includes(`'${name}'`);

const missing = (spec: string): GatewayError<"missing_peer"> => {
  const install = `npm install ${spec}`;
  return new GatewayError("missing_peer", `The package "${nameOf(spec)}" is not installed. Run: ${install}`, {
    details: { package: nameOf(spec), install },
  });
};

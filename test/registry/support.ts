import { createGateway, GatewayError, type RegistrySource } from "headgate";
import { fakeProvider } from "headgate/testing";

/** What a registry is refused with, over a gateway that has one provider, `fake`. */
export const refused = async (loaded: Awaited<ReturnType<RegistrySource["load"]>>) => {
  const source: RegistrySource = { contract: 1, name: "test.yaml", load: async () => loaded };
  const gateway = createGateway({ providers: [fakeProvider({ name: "fake" })], registry: source });
  const error = await gateway.ready().catch((error: unknown) => error);
  if (!GatewayError.is(error, "registry_invalid")) throw error ?? new Error("was let in");
  return error;
};

/** The same of a text. */
export const load = async (text: string, format: "yaml" | "json" = "yaml") => refused({ text, format });

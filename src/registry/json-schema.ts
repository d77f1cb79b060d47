import { registrySchema } from "./schema.ts";

/** The registry file as JSON Schema, for editors: `registry.schema.json` in the package is written from it. */
export const registryJsonSchema = async (): Promise<Record<string, unknown>> => {
  const { z } = await import("zod");
  const schema = z.toJSONSchema(registrySchema(z), { io: "input", target: "draft-2020-12" });
  return { $id: "headgate/registry.schema.json", title: "headgate registry", ...schema };
};

/** Writes `registry.schema.json`, which editors complete and check registry files by. Part of the build. */
import { writeFileSync } from "node:fs";
import { registryJsonSchema } from "../src/registry/json-schema.ts";

const target = new URL("../registry.schema.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(await registryJsonSchema(), null, 2)}\n`);

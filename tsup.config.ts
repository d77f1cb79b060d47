import { defineConfig } from "tsup";

/** One entry a subpath; splitting keeps one copy of the contract. Declarations come from `tsc` (tsup cannot, with TypeScript 7). */
export default defineConfig({
  entry: {
    "src/index": "src/index.ts",
    "src/cli/index": "src/cli/index.ts",
    "src/registry/registry-worker": "src/registry/registry-worker.ts",
    "src/kit/index": "src/kit/index.ts",
    "src/testing/index": "src/testing/index.ts",
    "src/lab/index": "src/lab/index.ts",
    "src/store/redis/index": "src/store/redis/index.ts",
    "src/store/postgres/index": "src/store/postgres/index.ts",
    "providers/openai/index": "providers/openai/index.ts",
    "providers/openai-compatible/index": "providers/openai-compatible/index.ts",
    "providers/anthropic/index": "providers/anthropic/index.ts",
    "providers/google/index": "providers/google/index.ts",
    "providers/bedrock/index": "providers/bedrock/index.ts",
    "providers/from-ai-sdk/index": "providers/from-ai-sdk/index.ts",
  },
  format: "esm",
  target: "node22",
  platform: "node",
  splitting: true,
  treeshake: true,
  dts: false,
  clean: true,
});

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Tests import the package by its public names; here these are its sources, not the build. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^headgate\/(kit|testing|lab)$/, replacement: here("./src/$1/index.ts") },
      { find: /^headgate\/(redis|postgres)$/, replacement: here("./src/store/$1/index.ts") },
      { find: /^headgate\/([\w-]+)$/, replacement: here("./providers/$1/index.ts") },
      { find: /^headgate$/, replacement: here("./src/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Most of the time is spent waiting for the other side of a connection: as many at once as there are cores.
    maxWorkers: "100%",
  },
});

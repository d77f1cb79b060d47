import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

/** A line that each example prints: what it is there to show. */
const SHOWS: Readonly<Record<string, RegExp>> = {
  "first-call.ts": /^small: \d+ tokens in, \d+ out, \$0\.\d+$/m,
  "streaming.ts": /^cut, and told so; until then: This is/m,
  "tools.ts": /^weather\(\{"city":"Ghent"\}\)\nTake an umbrella\.$/m,
  "structured-output.ts": /^small: invalid_output, large: ok$/m,
  "swap-the-model.ts": /^gpt\nclaude, some milliseconds later$/m,
  "failover.ts": /^search: claude, after gpt: overloaded \(503\)$/m,
  "policy-lab.ts":
    /^capabilityFirst +500 +100 % +100\.0 % +0 \(0\.0 %\) +\$\d\.\d+ +28 %[\s\S]*^as expected; .*frontier\.svg$/m,
  "own-provider.ts": /^This is polly\./m,
  "routing.ts": /^small\nnext\nnext\ncanary: [456] %$/m,
  "limits.ts":
    /^search: 3 calls, then limit_exceeded, back in 1 s\n[\s\S]*reports: \d+ calls, then budget_exceeded, back in \d+ s$/m,
  "provider-contract.ts": /^ℹ fail 0$/m,
  "own-store.ts": /^37 cases hold, 1 does not apply$/m,
};
/** A whole port takes more. */
const LINES: Readonly<Record<string, number>> = { "own-store.ts": 60 };

describe("examples, run as a reader would run them", () => {
  const files = readdirSync(`${root}/examples`).filter((name) => name.endsWith(".ts"));

  it("each is known here", () => expect(files.sort()).toEqual(Object.keys(SHOWS).sort()));

  it.each(files)("%s runs on the built package, ends by itself, and is under 40 lines (a store: 60)", async (name) => {
    expect(readFileSync(`${root}/examples/${name}`, "utf8").trimEnd().split("\n").length).toBeLessThan(
      LINES[name] ?? 40,
    );
    const { stdout, stderr } = await run(process.execPath, [`${root}/examples/${name}`], { timeout: 15_000 });
    expect(stdout).toMatch(SHOWS[name] ?? /$^/);
    expect(stderr).toBe("");
  });

  it("the story (npm start) ends by itself, and its ledger equals the vendors' bills", async () => {
    const { stdout } = await run(process.execPath, [`${root}/examples/story/main.ts`], { timeout: 20_000 });
    expect(stdout).toMatch(/200 calls, 0 failed/);
    expect(stdout).toMatch(/capability first, then cost\s+120\s+0/);
    expect(stdout).toMatch(/not a nano-dollar over the budget/);
    expect(stdout).toMatch(/equal to the nano-dollar/);
  });
});

import assert from "node:assert/strict";
import { GatewayError } from "../../kit/index.ts";
import type { Step } from "../script.ts";
import type { ProviderSuiteOptions, SuiteCase } from "./index.ts";
import { expectError, expectWhole, MODES, onStage, type Stage } from "./stage.ts";

const TEXT = "one two six ten all end";

export const endingCases = (options: ProviderSuiteOptions): readonly SuiteCase[] => {
  const on = onStage(options);
  return [
    ...(["fin", "rst"] as const).map((by) =>
      on(`S1 a stream cut after any event (${by}) never ends like a whole one`, async ({ vendor, ask }) => {
        let cut = 0;
        for (let after = 0; after < MOST_EVENTS; after += 1) {
          vendor.script([{ reply: { text: TEXT }, cut: { afterEvents: after, by } }]);
          const answer = await ask();
          if (answer.error !== undefined) {
            expectError(answer, "stream_truncated", "network");
            cut += 1;
            // The vendor's last word may have come before the cut.
          } else assert.equal(expectWhole(answer).finishReason, "stop");
        }
        assert(cut > 3, "there are events to cut between");
      }),
    ),
    on("an answer that has all its events is whole, though the connection breaks then", async ({ vendor, ask }) => {
      vendor.script([{ reply: { text: TEXT }, cut: { afterEvents: MOST_EVENTS, by: "fin" } }]);
      assert.equal(expectWhole(await ask()).finishReason, "stop");
    }),
    on("S1 a whole answer cut in the middle is no answer", async ({ vendor, ask }) => {
      for (const afterBytes of [0, 1, 20, 60]) {
        vendor.script([{ reply: { text: TEXT }, cut: { afterBytes, by: "fin" } }]);
        expectError(await ask({ mode: "complete" }), "stream_truncated", "network");
      }
    }),
    ...MODES.map((mode) =>
      on(`${mode}: an abort ends the request, however little has come`, async (stage) => {
        for (const stall of STALLS) await aborted(stage, mode, stall);
      }),
    ),
    on("S9 a reader that leaves closes the connection", async ({ vendor, provider, call }) => {
      vendor.script([{ reply: { text: TEXT }, stall: { afterEvents: 6 } }]);
      for await (const event of await provider.generate(call().call)) if (event.type === "part-delta") break;
      await vendor.idle();
      assert.equal(vendor.hits.length, 1);
    }),
    on("a signal that was aborted before ends at once", async ({ ask }) => {
      const reason = new GatewayError("aborted", "stop", { details: {} });
      expectError(await ask({ signal: AbortSignal.abort(reason) }), "aborted");
    }),
    on("an answer that is whole ends, even if the connection lingers", async ({ vendor, provider, call }) => {
      vendor.script([{ reply: { text: TEXT }, lingers: true }]);
      let isWhole = false;
      for await (const event of await provider.generate(call().call)) {
        isWhole = event.type === "finish";
        if (isWhole) break;
      }
      assert(isWhole);
      await vendor.idle();
    }),
  ];
};

/** More than the answer has. */
const MOST_EVENTS = 24;
const STALLS: readonly Step["stall"][] = ["accept", "headers", { afterEvents: 6 }];

const aborted = async ({ vendor, ask }: Stage, mode: "complete" | "stream", stall: Step["stall"]): Promise<void> => {
  // A whole answer has no events: it never comes.
  const step = mode === "complete" && typeof stall === "object" ? "headers" : stall;
  vendor.script([{ reply: { text: TEXT }, ...(step !== undefined && { stall: step }) }]);
  const controller = new AbortController();
  const before = vendor.hits.length;
  const asking = ask({ mode, signal: controller.signal });
  while (vendor.hits.length === before) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  controller.abort(new GatewayError("aborted", "stop", { details: {} }));
  expectError(await asking, "aborted");
  await vendor.idle();
};

/** Time for what has been sent to arrive; too short makes the case weaker, never wrong. */
const SETTLE_MS = 10;

import { say, scene, table } from "../print.ts";
import type { Stage } from "../stage.ts";

const CALLS = 200;
const IN_FLIGHT = 16;

export const aVendorFails = async ({ gateway, openaiVendor }: Stage): Promise<void> => {
  scene(3, `A vendor goes down in the middle of ${CALLS} calls`);
  const failovers = new Map<string, number>();
  const off = gateway.on("failover", ({ from, code }) => {
    const what = `${from}: ${code}`;
    failovers.set(what, (failovers.get(what) ?? 0) + 1);
  });
  const tenant = gateway.for({ tenant: "batch" });
  const models = new Map<string, number>();
  let [asked, failed] = [0, 0];
  const worker = async (): Promise<void> => {
    while (asked < CALLS) {
      asked += 1;
      if (asked === CALLS / 4) openaiVendor.down("overloaded");
      if (asked === (CALLS * 3) / 4) openaiVendor.up();
      try {
        const { model } = await tenant.complete({ task: "chat", prompt: "Are you there?" });
        models.set(model, (models.get(model) ?? 0) + 1);
      } catch {
        failed += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  off();
  table(["answered by", "calls"], [...models]);
  table(["failed over", "times"], [...failovers]);
  say(`→ ${CALLS} calls, ${failed} failed`);
};

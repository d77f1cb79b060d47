import { createGateway } from "headgate";
import { fakeProvider, virtualClock } from "headgate/testing";
import { expect, it } from "vitest";

it("L2: a strict limit lets nearly all of it in, minute after minute, and never more", async () => {
  const clock = virtualClock();
  const perMinute = 300;
  const gateway = createGateway({
    providers: [fakeProvider()],
    registry: {
      models: { one: { provider: "fake", cost: { input: 1, output: 5 }, limit: { output: 100 } } },
      plans: { basic: { limits: { requestsPerMinute: perMinute, strict: true } } },
      policy: { plan: "basic" },
    },
    clock,
  });
  const minutes = 6;
  const letIn: number[] = [];
  // One in ten more than there may be.
  const everyMs = 60_000 / (perMinute * 1.1);
  const startsAt = clock.now();
  for (let call = 0; call * everyMs < minutes * 60_000; call += 1) {
    await clock.advance(Math.max(0, startsAt + Math.floor(call * everyMs) - clock.now()));
    const isIn = await gateway.complete({ model: "one", prompt: "hi" }).then(
      () => true,
      () => false,
    );
    if (isIn) letIn.push(clock.now());
  }
  const most = Math.max(...letIn.map((atMs) => letIn.filter((each) => each >= atMs && each < atMs + 60_000).length));
  const share = letIn.length / (perMinute * minutes);
  console.log(`${(100 * share).toFixed(1)} % of the limit used, at most ${most} of ${perMinute} in any 60 s`);
  expect(most).toBeLessThanOrEqual(perMinute);
  expect(share).toBeGreaterThanOrEqual(0.98);
  await gateway.close();
});

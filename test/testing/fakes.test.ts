import { createGateway } from "headgate";
import { fakeProvider, virtualClock } from "headgate/testing";
import { expect, it } from "vitest";

it("a virtual clock moves only when told to, and runs what is due in order", async () => {
  const clock = virtualClock();
  const seen: string[] = [];
  const start = clock.now();
  clock.after(200, () => seen.push("b"));
  const cancel = clock.after(150, () => seen.push("never"));
  clock.after(100, () => {
    seen.push("a");
    clock.after(50, () => seen.push("a, later"));
  });
  cancel();
  expect(clock.pending).toBe(2);
  await clock.advance(99);
  expect(seen).toEqual([]);
  await clock.advance(101);
  expect(seen).toEqual(["a", "a, later", "b"]);
  expect(clock.now() - start).toBe(200);
  expect([clock.chance(), clock.chance()]).not.toEqual([clock.chance(), clock.chance()]);
});

it("a fake provider counts what became of it", async () => {
  const fake = fakeProvider({
    name: "mine",
    script: [
      { type: "answer", text: "so be it" },
      { type: "stall", afterWords: 1 },
    ],
  });
  const gateway = createGateway({ providers: [fake], registry: { models: { m: { provider: "mine" } } } });
  expect((await gateway.complete({ prompt: "x" })).text).toBe("so be it");
  for await (const _ of gateway.stream({ prompt: "x" })) if (fake.words[1] === 1) break;
  await gateway.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect([fake.attempts, fake.open, fake.finallies, fake.aborted, fake.words]).toEqual([2, 0, 2, 1, [3, 1]]);
});

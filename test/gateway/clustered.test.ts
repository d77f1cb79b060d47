import { createGateway } from "headgate";
import { fakeProvider } from "headgate/testing";
import { afterEach, expect, it, vi } from "vitest";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const gatewayOf = (plan: object) =>
  createGateway({
    providers: [fakeProvider()],
    registry: { models: { one: { provider: "fake" } }, plans: { basic: plan }, policy: { plan: "basic" } },
  });

it("limits in the memory of one of several processes are warned of, once; what has no limits is not", async () => {
  vi.stubEnv("NODE_APP_INSTANCE", "0");
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  await using unlimited = gatewayOf({});
  await unlimited.complete({ prompt: "hi" });
  expect(warn).not.toHaveBeenCalled();
  for (let each = 0; each < 2; each += 1) {
    await using limited = gatewayOf({ limits: { requestsPerMinute: 10 } });
    await limited.complete({ prompt: "hi" });
    await limited.complete({ prompt: "hi" });
  }
  expect(warn.mock.calls.map(([, options]) => options)).toEqual([{ code: "HEADGATE_MEMORY_STORE" }]);
});

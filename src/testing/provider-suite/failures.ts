import assert from "node:assert/strict";
import type { ErrorCode } from "../../kit/index.ts";
import type { ErrorName } from "../script.ts";
import type { ProviderSuiteOptions, SuiteCase } from "./index.ts";
import { expectError, MODES, onStage } from "./stage.ts";

/** What each refusal is, whoever's it is. */
const CODES: Readonly<Record<ErrorName, ErrorCode>> = {
  invalid_request: "invalid_request",
  bad_key: "credential_rejected",
  forbidden: "credential_rejected",
  model_not_found: "model_not_found",
  too_large: "context_overflow",
  context_overflow: "context_overflow",
  rate_limited: "rate_limited",
  insufficient_quota: "quota_exhausted",
  spend_limit: "quota_exhausted",
  server_error: "server_error",
  overloaded: "overloaded",
  timed_out: "server_error",
};
const NAMES = Object.keys(CODES) as readonly ErrorName[];
const WAIT_MS = 7_000;

export const failureCases = (options: ProviderSuiteOptions): readonly SuiteCase[] => {
  const on = onStage(options);
  return [
    ...NAMES.map((error) =>
      on(
        `F7 refused with ${error}: ${CODES[error]}, asked once, no secret in it`,
        async ({ vendor, provider, ask }) => {
          for (const mode of MODES) {
            vendor.script([{ error }]);
            const thrown = expectError(await ask({ mode }), CODES[error]);
            assert.equal((thrown.details as { readonly provider?: string }).provider, provider.name);
          }
          assert.equal(vendor.hits.length, MODES.length, "a provider does not retry");
        },
      ),
    ),
    on("when to come back is passed on", async ({ vendor, ask }) => {
      vendor.script([{ error: "rate_limited", retryAfterMs: WAIT_MS }]);
      assert.equal(expectError(await ask(), "rate_limited").retryAfterMs, WAIT_MS);
    }),
    on("an unknown failure is told by its status", async ({ vendor, ask }) => {
      vendor.script([{ error: "server_error", status: 520 }]);
      assert.equal(expectError(await ask(), "server_error").status, 520);
    }),
    on("an error inside a stream is one, wherever it comes", async ({ vendor, ask }) => {
      for (const afterEvents of [0, 1, 4, 7]) {
        vendor.script([
          { reply: { text: "one two six ten all ".repeat(4) }, errorEvent: { afterEvents, error: "overloaded" } },
        ]);
        expectError(await ask(), "overloaded", "server_error");
      }
    }),
    on("a page in place of an answer is no answer", async ({ vendor, ask }) => {
      for (const mode of MODES) {
        vendor.script([{ garbage: "html" }]);
        expectError(await ask({ mode }), "protocol");
      }
    }),
    on("broken JSON is no answer", async ({ vendor, ask }) => {
      vendor.script([{ garbage: "json" }, { garbage: "event" }]);
      expectError(await ask({ mode: "complete" }), "protocol", "stream_truncated");
      expectError(await ask({ mode: "stream" }), "protocol", "stream_truncated");
    }),
    on("nobody there: the request was never sent", async ({ vendor, ask }) => {
      await vendor.close();
      const { details } = expectError(await ask(), "network");
      assert.equal((details as { readonly sent?: boolean }).sent, false);
    }),
  ];
};

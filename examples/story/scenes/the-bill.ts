import type { CallRecord } from "headgate";
import { say, scene, table } from "../print.ts";
import type { Stage } from "../stage.ts";

interface Line {
  calls: number;
  failovers: number;
  nanoUsd: bigint;
}

export const theBill = ({ ledger, openaiVendor, anthropicVendor }: Stage): void => {
  scene(6, "The ledger: who asked, who answered, what it cost");
  const records = ledger.entries().filter((entry): entry is CallRecord => entry.type === "call");
  const lines = new Map<string, Line>();
  for (const record of records) {
    const key = `${record.tenant}\t${record.model ?? "refused"}`;
    const line = lines.get(key) ?? { calls: 0, failovers: 0, nanoUsd: 0n };
    line.calls += 1;
    line.failovers += Math.max(0, record.attempts.length - 1);
    line.nanoUsd += BigInt(record.costNanoUsd ?? 0);
    lines.set(key, line);
  }
  table(
    ["tenant", "model", "calls", "retries and failovers", "cost"],
    [...lines].map(([key, { calls, failovers, nanoUsd }]) => [...key.split("\t"), calls, failovers, dollars(nanoUsd)]),
  );
  const ours = [...lines.values()].reduce((sum, { nanoUsd }) => sum + nanoUsd, 0n);
  const theirs = openaiVendor.bill().nanoUsd + anthropicVendor.bill().nanoUsd;
  say(
    `the ledger's total ${dollars(ours)}, the vendors' bills ${dollars(theirs)}: ${ours === theirs ? "equal to the nano-dollar" : "DIFFERENT"}`,
  );
  if (ours !== theirs) process.exitCode = 1;
};

const dollars = (nanoUsd: bigint): string =>
  `$${nanoUsd / 1_000_000_000n}.${String(nanoUsd % 1_000_000_000n).padStart(9, "0")}`;

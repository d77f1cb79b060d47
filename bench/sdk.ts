/** Calls through headgate against the raw `openai` SDK, interleaved, each in a process of its own: CPU per call. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { median, spread } from "./measure.ts";

const ROUNDS = 7;
const path = (file: string): string => new URL(file, import.meta.url).pathname;

const server = fork(path("./server.ts"));
const [port] = (await once(server, "message")) as [number];

const start = async (name: string): Promise<ChildProcess> => {
  const child = fork(path("./subject.ts"), [name, String(port)]);
  await once(child, "message");
  return child;
};

const ask = async (child: ChildProcess, calls: number, inFlight: number): Promise<number> => {
  child.send({ calls, inFlight });
  const [figure] = (await once(child, "message")) as [number];
  return figure;
};

console.log("CPU of the client per call, µs, median of 7 interleaved rounds (least–most):\n");
for (const [mode, calls] of [
  ["unary", 1_500],
  ["stream", 600],
] as const) {
  const children = { sdk: await start(`sdk ${mode}`), headgate: await start(`headgate ${mode}`) };
  for (const inFlight of [1, 64]) {
    const figures: Record<"sdk" | "headgate", number[]> = { sdk: [], headgate: [] };
    for (const child of Object.values(children)) await ask(child, calls, inFlight);
    for (let round = 0; round < ROUNDS; round += 1) {
      figures.sdk.push(await ask(children.sdk, calls, inFlight));
      figures.headgate.push(await ask(children.headgate, calls, inFlight));
    }
    const ratio = median(figures.headgate) / median(figures.sdk);
    const what = `${mode}${mode === "stream" ? " of 200 chunks" : ""}, ${inFlight} in flight`;
    console.log(
      `${what.padEnd(34)} openai SDK ${spread(figures.sdk, 0)}   headgate ${spread(figures.headgate, 0)}   ratio ${ratio.toFixed(2)}`,
    );
  }
  for (const child of Object.values(children)) child.disconnect();
}
server.disconnect();

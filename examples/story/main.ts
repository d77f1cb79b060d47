/**
 * `npm start`: the story of headgate in a terminal. Two simulated vendors on real HTTP, the vendors' real SDKs, a registry
 * file on disk. No key, no server, under a minute. `npm start -- --live` asks the real vendors whose keys are set.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { live } from "./live.ts";
import { say, title } from "./print.ts";
import { aBudgetHolds } from "./scenes/a-budget-holds.ts";
import { aVendorFails } from "./scenes/a-vendor-fails.ts";
import { anAnswerStreams } from "./scenes/an-answer-streams.ts";
import { hardAndEasy } from "./scenes/hard-and-easy.ts";
import { theBill } from "./scenes/the-bill.ts";
import { theFileDecides } from "./scenes/the-file-decides.ts";
import { setTheStage } from "./stage.ts";

if (process.argv.includes("--live")) await live();
else {
  const folder = await mkdtemp(join(tmpdir(), "headgate-story-"));
  const stage = await setTheStage(folder);
  title("headgate: which model, from whom, is decided at run time");
  say("Two vendors are simulated on 127.0.0.1: they speak the OpenAI and Anthropic protocols over HTTP.");
  say(`The registry is a file: ${stage.file}`);
  await anAnswerStreams(stage);
  await theFileDecides(stage);
  await aVendorFails(stage);
  await hardAndEasy(stage);
  await aBudgetHolds(stage);
  theBill(stage);
  await rm(folder, { recursive: true, force: true });
  // Nothing is closed by hand: neither the gateway nor the vendors keep the process alive.
}

#!/usr/bin/env node
/** The command `headgate`: what is wrong goes to stderr, what was done to stdout, how it ended to the exit code. */
import { run } from "./run.ts";

const ended = run(process.argv.slice(2), {
  say: (text) => process.stdout.write(`${text}\n`),
  complain: (text) => process.stderr.write(`${text}\n`),
});
ended.then((code) => {
  process.exitCode = code;
});

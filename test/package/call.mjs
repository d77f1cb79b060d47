import { createGateway, GatewayError } from "headgate";
import { anthropic } from "headgate/anthropic";
import { openai } from "headgate/openai";
import { startVendor } from "headgate/testing";
import { run } from "./run.cjs";

await run({ createGateway, GatewayError, openai, anthropic, startVendor });

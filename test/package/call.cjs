const { anthropic } = require("headgate/anthropic");
const { createGateway, GatewayError } = require("headgate");
const { openai } = require("headgate/openai");
const { startVendor } = require("headgate/testing");
const { run } = require("./run.cjs");

run({ createGateway, GatewayError, openai, anthropic, startVendor });

import { type FailureOf, type GatewayError, isObject, type Json, type JsonObject } from "../../src/kit/index.ts";
import { toldError } from "../openai-compatible/base.ts";

/** The error that a failed response holds, or an `error` event, which has it inside or is it. */
export const failedResponse = (of: FailureOf, told: Json | undefined): GatewayError =>
  toldError(of, isObject(told) ? told : UNTOLD);

const UNTOLD: JsonObject = { message: "the response failed" };

/** What a provider is made of: the same for a built-in one and for a stranger's. */
export * from "../contract/index.ts";
export { batchesOf } from "./batches.ts";
export { bodyError } from "./body-error.ts";
export { readBytes } from "./bytes.ts";
export { apiKeyOf, type Clients, clientsOf, type KeyedCredential, type KeySource, type Opened } from "./clients.ts";
export { type Concede, conceder, unsupported } from "./concede.ts";
export { nearestEffort } from "./effort.ts";
export { withoutVariables } from "./environment.ts";
export { eventObject, type FailureOf, malformed, thrownError } from "./failure-of.ts";
export { imageSizeOf, pdfPagesOf, secondsOf } from "./file-measures.ts";
export { base64Of, urlOf } from "./files.ts";
export { type ImageSize, imageSize } from "./image-size.ts";
export { type PatchRule, patchTokens, type ScaleLimits, scaledTo, squaresIn } from "./image-tokens.ts";
export { count, isObject, type JsonObject } from "./json.ts";
export { boundAccount, type Owner, ownState } from "./own-state.ts";
export { pairedHistory } from "./paired-history.ts";
export { type Ending, type Growing, PartWriter } from "./part-writer.ts";
export { peer } from "./peer.ts";
export { type ReadEventsOptions, readEvents } from "./read-events.ts";
export { type ReadJsonOptions, readJson, readText } from "./read-json.ts";
export { Refusal, refusalIn, refusalOf, refusingFetch } from "./refusal.ts";
export { type ReportedTokens, reportedUsage } from "./reported-usage.ts";
export { durationMs, type HeadersLike, refilledAfterMs, retryAfterMs } from "./retry-after.ts";
export { codeOf, nameOf, safeCause, tracedCause } from "./safe-cause.ts";
export { requestTexts, scrub } from "./scrub.ts";
export { fromEnvironment, keepSecret, Secret, secretOf } from "./secret.ts";
export { MAX_EVENT_LENGTH, MAX_FILE_EVENT_LENGTH, type ServerSentEvent, SseParser } from "./sse.ts";
export { type StrictSchema, strictSchema } from "./strict-schema.ts";
export { newToolId, toolIdsOf } from "./tool-ids.ts";
export {
  fetchTransport,
  type LeanTransportOptions,
  leanTransport,
  type Transport,
  type TransportInit,
} from "./transport.ts";
export {
  type Asking,
  codeOfStatus,
  connectionError,
  requestIdIn,
  truncated,
  type VendorFailure,
  vendorError,
} from "./upstream-error.ts";

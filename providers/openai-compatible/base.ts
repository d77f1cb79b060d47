/** What a provider that speaks this API, and more, is built on. */
export { cacheKey, concedeLifetime, HALF_HOUR_MS, takesCacheOptions } from "./cache.ts";
export { type ChatClient, openaiSdk, QUIET, UNASKED } from "./client.ts";
export { embed } from "./embed.ts";
export { requestError, toldError } from "./errors.ts";
export { chatFeatures } from "./features.ts";
export { objects, string } from "./fields.ts";
export { concedePrefill, textOf } from "./messages.ts";
export { listModels } from "./models.ts";
export type { ChatRequestOptions } from "./options.ts";
export { post } from "./post.ts";
export { type ChatHost, OPENAI_QUIRKS } from "./quirks.ts";
export { effortOf } from "./reasoning.ts";
export { chatBody } from "./request.ts";
export { eventsOf, readAnswer as readChatAnswer, readHead } from "./response.ts";
export { sampling } from "./sampling.ts";
export { inputSchema, sentSchema } from "./schema.ts";
export { toolName } from "./tool-name.ts";
export { chatMeters, details, UNTOLD } from "./usage.ts";

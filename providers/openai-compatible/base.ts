/** What a provider that speaks this API, and more, is built on. */
export { type ChatClient, openaiSdk, QUIET } from "./client.ts";
export { embed } from "./embed.ts";
export { requestError, toldError } from "./errors.ts";
export { objects, string } from "./fields.ts";
export { textOf } from "./messages.ts";
export { listModels } from "./models.ts";
export type { ChatRequestOptions } from "./options.ts";
export { post } from "./post.ts";
export { type ChatHost, OPENAI_QUIRKS } from "./quirks.ts";
export { effortOf } from "./reasoning.ts";
export { cacheKey, chatBody } from "./request.ts";
export { eventsOf, readAnswer as readChatAnswer, readHead } from "./response.ts";
export { sampling } from "./sampling.ts";
export { sentSchema } from "./schema.ts";
export { chatMeters, details, UNTOLD } from "./usage.ts";

import type { EmbedInput, EmbedRequest, Request } from "../contract/index.ts";

/** An `embed()` as the layers see it: a request of its texts as messages, so that whatever looks at content finds them. */
export const embedding = (asked: EmbedRequest): { readonly request: Request; readonly embed: EmbedInput } => {
  const { input, dimensions, ...rest } = asked;
  const texts = typeof input === "string" ? [input] : [...input];
  const messages = texts.map((content) => ({ role: "user", content }) as const);
  return { request: { ...rest, messages }, embed: { texts, ...(dimensions !== undefined && { dimensions }) } };
};

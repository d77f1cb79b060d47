import type { FilePart, ToolResultPart } from "../../src/kit/index.ts";
import { filePart } from "./file-part.ts";
import type { GeminiPart, Prompting } from "./prompting.ts";

/** What a model reads inside a result (ai.google.dev, function calling: multimodal function responses). */
const INSIDE: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain"]);

/** A tool's result, and what of it has to stand behind all results of the turn. */
export interface ResultParts {
  readonly response: GeminiPart;
  readonly beside: readonly GeminiPart[];
}

/** `functionResponse.response` is an object: what came out under `output`, what went wrong under `error`. */
export const resultParts = (part: ToolResultPart, prompting: Prompting, path: string): ResultParts => {
  const { inside, beside } = files(part, prompting, path);
  const response = {
    id: prompting.toolId(part.id),
    name: part.name,
    response: { [part.isError === true ? "error" : "output"]: said(part) },
    ...(inside.length > 0 && { parts: inside }),
  };
  return { response: { functionResponse: response }, beside };
};

const said = ({ output }: ToolResultPart): unknown => {
  if (typeof output === "string") return output;
  if (output.type === "text") return output.text;
  if (output.type === "json") return output.value;
  return output.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
};

type Inside = NonNullable<NonNullable<GeminiPart["functionResponse"]>["parts"]>;

const files = (
  { output, name }: ToolResultPart,
  prompting: Prompting,
  path: string,
): { readonly inside: Inside; readonly beside: readonly GeminiPart[] } => {
  const inside: Inside = [];
  const beside: GeminiPart[] = [];
  if (typeof output === "string" || output.type !== "parts") return { inside, beside };
  output.parts.forEach((part, index) => {
    if (part.type !== "file") return;
    const made = filePart(part, prompting, `${path}.output.parts[${index}]`);
    if (isInside(part, made, prompting) && made.inlineData !== undefined) inside.push({ inlineData: made.inlineData });
    else beside.push(...(beside.length === 0 ? [{ text: `From ${name}:` }] : []), made);
  });
  return { inside, beside };
};

const isInside = (part: FilePart, made: GeminiPart, { resultFiles }: Prompting): boolean =>
  resultFiles && made.inlineData !== undefined && INSIDE.has(part.mediaType.toLowerCase());

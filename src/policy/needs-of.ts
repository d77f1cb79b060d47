import type { FilePart, GenerateRequest, Modality, Needs, Part, Request } from "../contract/index.ts";
import { estimateInputTokens } from "./estimate.ts";

/** What a request needs by itself, whatever its task says. `context`: its tokens, wanted output included. */
export interface OwnNeeds {
  readonly needs: Needs;
  /** Providers that must serve it: each holds a file, or runs a tool. Two of them, and nobody can. */
  readonly boundTo: readonly string[];
}

export const needsOf = (request: Request, input: GenerateRequest, context: number): OwnNeeds => {
  const files = filesOf(input);
  const modalities = [...new Set(files.map(modalityOf))].filter((modality) => modality !== "text").sort();
  const functions = input.tools?.some((tool) => tool.type === "function") === true;
  const needs: Needs = {
    ...(functions && { tool_call: true }),
    ...(functions && input.parallelToolCalls === true && { parallel_tool_call: true }),
    ...(input.output !== undefined && { structured_output: true }),
    ...(input.reasoning !== undefined && input.reasoning.effort !== "none" && { reasoning: true }),
    ...(input.strict === true && samples(request) && { temperature: true }),
    ...(modalities.length > 0 && { input: modalities }),
    context,
  };
  return { needs, boundTo: boundTo(input, files) };
};

/** What an `embed()` needs: a model that yields vectors, with a window for the longest text. */
export const needsOfEmbed = (input: GenerateRequest): OwnNeeds => {
  const longest = input.messages.map((message) => estimateInputTokens({ messages: [message] }));
  return { needs: { output: ["embedding"], context: Math.max(0, ...longest) }, boundTo: [] };
};

/** Joined: a need of either is a need, the higher figure counts. */
export const joinNeeds = (...all: readonly (Needs | undefined)[]): Needs => {
  let joined: Needs = {};
  for (const needs of all) if (needs !== undefined) joined = joinTwo(joined, needs);
  return joined;
};

const joinTwo = (one: Needs, other: Needs): Needs => ({
  ...one,
  ...other,
  ...union("input", one, other),
  ...union("output", one, other),
  ...highest("context", one, other),
  ...highest("quality", one, other),
  ...(one.tags !== undefined && other.tags !== undefined && { tags: { ...one.tags, ...other.tags } }),
});

const union = (key: "input" | "output", one: Needs, other: Needs): Needs => {
  const both = [...(one[key] ?? []), ...(other[key] ?? [])];
  return both.length === 0 ? {} : { [key]: [...new Set(both)].sort() };
};

const highest = (key: "context" | "quality", one: Needs, other: Needs): Needs => {
  const figures = [one[key], other[key]].filter((figure) => figure !== undefined);
  return figures.length === 0 ? {} : { [key]: Math.max(...figures) };
};

const filesOf = (input: GenerateRequest): readonly FilePart[] =>
  input.messages.flatMap(({ content }) => (typeof content === "string" ? [] : content.flatMap(filesIn)));

const filesIn = (part: Part): readonly FilePart[] => {
  if (part.type === "file") return [part];
  if (part.type !== "tool-result" || typeof part.output === "string" || part.output.type !== "parts") return [];
  return part.output.parts.filter((inner) => inner.type === "file");
};

const modalityOf = ({ mediaType }: FilePart): Modality => {
  if (mediaType === "application/pdf") return "pdf";
  const [kind] = mediaType.split("/");
  return kind === "image" || kind === "audio" || kind === "video" ? kind : "text";
};

const boundTo = (input: GenerateRequest, files: readonly FilePart[]): readonly string[] => {
  const holders = files.flatMap(({ data }) => ("fileId" in data ? [data.provider] : []));
  const runners = (input.tools ?? []).flatMap((tool) => (tool.type === "provider" ? [tool.provider] : []));
  return [...new Set([...holders, ...runners])];
};

const samples = (request: Request): boolean =>
  request.temperature !== undefined || request.topP !== undefined || request.topK !== undefined;

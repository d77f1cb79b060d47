import type { ContentBlockParam } from "@anthropic-ai/sdk/resources/messages/messages";
import type { Turn } from "./turns.ts";

/** A block of a tool that the vendor runs itself, and the id that joins call and result. */
interface ServerBlock {
  readonly id: string;
  readonly isCall: boolean;
}

export const serverBlock = (block: ContentBlockParam): ServerBlock | undefined => {
  if (block.type.endsWith("_tool_use") && "id" in block) return { id: block.id, isCall: true };
  if (!block.type.endsWith("_tool_result") || !("tool_use_id" in block)) return undefined;
  return { id: block.tool_use_id, isCall: false };
};

/**
 * Blocks of the vendor's own tools that it would not take: a result without its call before it, a call without its result.
 * The answer to a call may be several turns long (the vendor stops in between for a tool of the caller's, and goes on with
 * its results); it ends at anything that the user says besides. Only the answer at the end may still wait for a result.
 */
export const brokenServerBlocks = (turns: readonly Turn[]): ReadonlySet<ContentBlockParam> => {
  const pairs: Pairs = { broken: new Set(), seen: new Set(), waiting: new Map() };
  for (const { role, content } of turns) {
    if (role !== "assistant" && content.some(({ type }) => type !== "tool_result")) giveUp(pairs);
    for (const block of content) pair(block, pairs);
  }
  return pairs.broken;
};

interface Pairs {
  readonly broken: Set<ContentBlockParam>;
  readonly seen: Set<string>;
  readonly waiting: Map<string, ContentBlockParam>;
}

const giveUp = ({ broken, waiting }: Pairs): void => {
  for (const block of waiting.values()) broken.add(block);
  waiting.clear();
};

const pair = (block: ContentBlockParam, { broken, seen, waiting }: Pairs): void => {
  const server = serverBlock(block);
  if (server === undefined) return;
  const { id, isCall } = server;
  const isBroken = isCall ? seen.has(id) : !waiting.delete(id);
  if (isBroken) broken.add(block);
  else if (isCall) waiting.set(id, block);
  seen.add(id);
};

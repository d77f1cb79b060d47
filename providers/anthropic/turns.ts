import type {
  ContentBlockParam,
  TextBlockParam,
  ToolResultBlockParam,
  ToolUseBlockParam,
} from "@anthropic-ai/sdk/resources/messages/messages";
import type { Concede } from "../../src/kit/index.ts";
import { brokenServerBlocks } from "./server-tools.ts";

/** Turns alternate, and their content is always a list. */
export interface Turn {
  readonly role: "user" | "assistant" | "system";
  readonly content: ContentBlockParam[];
}

/** A call of a tool that the caller runs, until its result is there. */
interface Pending {
  readonly turn: Turn;
  readonly call: ToolUseBlockParam;
  /** Its id before it was made unique. */
  readonly id: string;
  readonly path: string;
}

const isThinking = ({ type }: ContentBlockParam): boolean => type === "thinking" || type === "redacted_thinking";

const HALF = "A half of what the vendor's own tool did (its call, or its result) is left out.";

/**
 * The turns of a conversation as the vendor wants them, or it answers 400: neighbours of one role are one turn; behind the
 * calls of a turn stand all their results, and only theirs, before anything else; ids of calls are unique; a system
 * message stands behind a user's turn, with the assistant's turn or nothing after it (platform.claude.com, "Mid-conversation
 * system messages").
 */
export class Turns {
  all: Turn[] = [];
  readonly #concede: Concede;
  readonly #paths = new Map<ContentBlockParam, string>();
  readonly #ids = new Set<string>();
  #pending: Pending[] = [];
  #late: TextBlockParam[] = [];

  constructor(concede: Concede) {
    this.#concede = concede;
  }

  get #last(): Turn | undefined {
    return this.all.at(-1);
  }

  user(block: ContentBlockParam): void {
    this.#add("user", block);
  }

  assistant(block: ContentBlockParam, path: string): void {
    this.#settleSystem();
    if (block.type === "tool_use") return this.#call(block, path);
    if (isThinking(block) && this.#isCalling()) {
      return this.#concede("state_dropped", path, "Reasoning behind a tool's call, before its result, is left out.");
    }
    this.#paths.set(block, path);
    this.#add("assistant", block);
  }

  /** To be put behind the user's turn that it stands in, or the next one. */
  system(block: TextBlockParam): void {
    this.#late.push(block);
  }

  /** Puts a result behind its call, however late it comes. */
  result(block: ToolResultBlockParam, path: string): void {
    const pending = this.#pending.findLast(({ id }) => id === block.tool_use_id);
    if (pending === undefined) {
      return this.#concede("part_dropped", path, "A tool's result without a call that waits for it is left out.");
    }
    this.#answer(pending, block);
  }

  /** Answers what was never answered. Returns the system messages that found no place. */
  end(): readonly TextBlockParam[] {
    for (const pending of [...this.#pending]) {
      this.#concede("other", pending.path, "A tool call without a result is answered with an error in its place.");
      this.#answer(pending, { type: "tool_result", tool_use_id: "", content: "No result.", is_error: true });
    }
    this.#settleSystem();
    this.#leaveOut(brokenServerBlocks(this.all));
    this.#settleSystem();
    return this.#late;
  }

  /** The turns again, by the same rules: neighbours may meet where one is gone. */
  #leaveOut(broken: ReadonlySet<ContentBlockParam>): void {
    if (broken.size === 0) return;
    const [turns, late] = [this.all, this.#late];
    this.all = [];
    this.#late = [];
    for (const { role, content } of turns) {
      for (const block of content) this.#again(role, block, broken);
    }
    this.#late.push(...late);
  }

  #again(role: Turn["role"], block: ContentBlockParam, broken: ReadonlySet<ContentBlockParam>): void {
    if (broken.has(block)) this.#concede("part_dropped", this.#paths.get(block) ?? "messages", HALF);
    else if (role === "system" && block.type === "text") this.system(block);
    else {
      if (role === "assistant") this.#settleSystem();
      this.#add(role, block);
    }
  }

  #add(role: Turn["role"], block: ContentBlockParam): Turn {
    const last = this.#last;
    const turn: Turn = last?.role === role ? last : { role, content: [] };
    if (turn !== last) this.all.push(turn);
    turn.content.push(block);
    return turn;
  }

  #isCalling(): boolean {
    return this.#last?.role === "assistant" && this.#last.content.some(({ type }) => type === "tool_use");
  }

  #call(block: ToolUseBlockParam, path: string): void {
    const call = { ...block, id: this.#unique(block.id) };
    this.#pending.push({ turn: this.#add("assistant", call), call, id: block.id, path });
  }

  #unique(id: string): string {
    let unique = id;
    for (let copy = 2; this.#ids.has(unique); copy += 1) unique = `${id}_${copy}`;
    this.#ids.add(unique);
    return unique;
  }

  #answer(pending: Pending, result: ToolResultBlockParam): void {
    const { turn, call } = pending;
    this.#pending = this.#pending.filter((each) => each !== pending);
    const { content } = this.#behind(turn);
    const first = content.findIndex(({ type }) => type !== "tool_result");
    const { toolset_name } = call;
    const block = { ...result, tool_use_id: call.id, ...(toolset_name !== undefined && { toolset_name }) };
    content.splice(first < 0 ? content.length : first, 0, block);
  }

  /** The user's turn behind a turn of the assistant's. */
  #behind(turn: Turn): Turn {
    const place = this.all.lastIndexOf(turn) + 1;
    const next = this.all[place];
    if (next?.role === "user") return next;
    const made: Turn = { role: "user", content: [] };
    this.all.splice(place, 0, made);
    return made;
  }

  #settleSystem(): void {
    if (this.#late.length === 0 || this.#last?.role !== "user") return;
    this.all.push({ role: "system", content: this.#late });
    this.#late = [];
  }
}

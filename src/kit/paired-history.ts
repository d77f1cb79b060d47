import type { Message, Part, ToolCallPart, ToolResultPart } from "../contract/index.ts";
import type { Concede } from "./concede.ts";

/** A call of the caller's tool that was not answered yet. */
interface Waiting {
  /** Index of its message. */
  readonly at: number;
  /** Its id as the history has it, and as nothing else in it is called. */
  readonly id: string;
  readonly unique: string;
  readonly name: string;
  readonly path: string;
}

/**
 * A history in which each call of a caller's tool has one result, behind the message that called: what nearly every vendor
 * wants, or it answers 400. A result that came later is moved there (to the end of the assistant's own message, where
 * adapters look for results too, so that no index changes); one that was never given is replaced by an error, one that
 * answers nothing is left out, ids that stand for several calls become several.
 */
export const pairedHistory = (messages: readonly Message[], concede: Concede): readonly Message[] => {
  const pairing = new Pairing(messages, concede);
  const paired = messages.map((message, at): Message => {
    if (typeof message.content === "string") return message;
    if (message.role === "assistant") return { ...message, content: pairing.parts(message.content, at) };
    return message.role === "tool" ? { ...message, content: pairing.parts(message.content, at) } : message;
  });
  return paired.map((message, at) => {
    const late = pairing.late(at);
    if (late.length === 0 || message.role !== "assistant" || typeof message.content === "string") return message;
    return { ...message, content: [...message.content, ...late] };
  });
};

class Pairing {
  readonly #messages: readonly Message[];
  readonly #concede: Concede;
  readonly #ids = new Set<string>();
  readonly #late = new Map<number, ToolResultPart[]>();
  #waiting: Waiting[] = [];

  constructor(messages: readonly Message[], concede: Concede) {
    this.#messages = messages;
    this.#concede = concede;
  }

  parts<Each extends Part>(content: readonly Each[], at: number): Each[] {
    return content.flatMap((part, index): Each[] => {
      const path = `messages[${at}].content[${index}]`;
      if (part.type === "tool-call" && part.executor === "caller") return [this.#call(part, at, path) as Each];
      if (part.type !== "tool-result" || part.executor === "vendor") return [part];
      return this.#result(part, at, path) as Each[];
    });
  }

  /** What belongs behind the calls of a message, and is not there. To be asked when all parts were seen. */
  late(at: number): readonly ToolResultPart[] {
    for (const { unique, name, path } of this.#waiting.filter((call) => call.at === at)) {
      this.#concede("other", path, "A tool call without a result is answered with an error in its place.");
      this.#put(at, { type: "tool-result", id: unique, name, output: "No result.", isError: true });
    }
    return this.#late.get(at) ?? [];
  }

  #call(part: ToolCallPart, at: number, path: string): ToolCallPart {
    const { id, name } = part;
    let unique = id;
    for (let copy = 2; this.#ids.has(unique); copy += 1) unique = `${id}_${copy}`;
    this.#ids.add(unique);
    this.#waiting.push({ at, id, unique, name, path });
    return unique === id ? part : { ...part, id: unique };
  }

  #result(part: ToolResultPart, at: number, path: string): readonly ToolResultPart[] {
    // Of several calls with one id in a message, the first result is the first one's; of messages the last one counts.
    const last = this.#waiting.findLast(({ id }) => id === part.id);
    const call = this.#waiting.find(({ id, at }) => id === part.id && at === last?.at);
    if (call === undefined) {
      this.#concede("part_dropped", path, "A tool's result without a call that waits for it is left out.");
      return [];
    }
    this.#waiting = this.#waiting.filter((each) => each !== call);
    const result = call.unique === part.id ? part : { ...part, id: call.unique };
    if (this.#isBehind(call.at, at)) return [result];
    this.#put(call.at, result);
    return [];
  }

  #put(at: number, result: ToolResultPart): void {
    this.#late.set(at, [...(this.#late.get(at) ?? []), result]);
  }

  /** In the same message, or in one of results right behind it. */
  #isBehind(from: number, to: number): boolean {
    return from === to || this.#messages.slice(from + 1, to + 1).every(({ role }) => role === "tool");
  }
}

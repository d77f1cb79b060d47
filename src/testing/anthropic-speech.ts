import { digest } from "./anthropic-blocks.ts";
import { lifetime } from "./anthropic-caching.ts";
import { bytes, type Fields, type Frame, isFields, list, type Spoken, type Tokens, text, words } from "./dialect.ts";

export const frame = (event: Fields, generated = 0): Frame => ({
  wire: `event: ${text(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`,
  generated,
});

/** The content of an answer: thoughts, what was searched for, words and calls. */
export const blocks = (spoken: Spoken): readonly Fields[] => {
  const { reply, id } = spoken;
  const calls = reply.toolCalls ?? [];
  return [
    ...thoughts(spoken),
    ...searchBlocks(spoken),
    ...(reply.text === undefined ? [] : [{ type: "text", text: reply.text, ...citations(spoken) }]),
    ...calls.map(({ name, input }) => ({ type: "tool_use", id: id("toolu"), name, input, caller: { type: "direct" } })),
  ];
};

/** Signed over what is shown, so that changed words are known. */
const thoughts = ({ reply, seal, ask }: Spoken): readonly Fields[] => {
  const config = ask.body["thinking"];
  const isShown = !(isFields(config) && config["display"] === "omitted");
  const { reasoning, hiddenReasoning } = reply;
  const shown = isShown ? (reasoning ?? "") : "";
  return [
    ...(reasoning === undefined ? [] : [{ type: "thinking", thinking: shown, signature: seal(digest(shown)) }]),
    ...(hiddenReasoning === undefined ? [] : [{ type: "redacted_thinking", data: seal(hiddenReasoning) }]),
  ];
};

/** A search that was paused is gone on with: its call was in the answer before. */
const searchBlocks = ({ reply, ask, id, seal }: Spoken): readonly Fields[] => {
  if (reply.search === undefined) return [];
  const { query, found } = reply.search;
  const caller = { type: "direct" };
  const paused = pausedCall(ask.body);
  const call = paused ?? { type: "server_tool_use", id: id("srvtoolu"), name: "web_search", input: { query }, caller };
  if (reply.finish === "pause") return [call];
  const content = found.map(({ url, title }) => ({
    type: "web_search_result",
    url,
    title,
    encrypted_content: seal(url),
    page_age: null,
  }));
  const result = { type: "web_search_tool_result", tool_use_id: call["id"], content, caller };
  return paused === undefined ? [call, result] : [result];
};

const pausedCall = ({ messages }: Fields): Fields | undefined => {
  const last = list(messages).at(-1);
  const block = last?.["role"] === "assistant" ? list(last["content"]).at(-1) : undefined;
  return block?.["type"] === "server_tool_use" ? block : undefined;
};

const citations = ({ reply, seal }: Spoken): { readonly citations?: readonly Fields[] } => {
  const found = reply.search?.found ?? [];
  if (found.length === 0) return {};
  return {
    citations: found.map(({ url, title, quote }) => ({
      type: "web_search_result_location",
      url,
      title,
      cited_text: quote,
      encrypted_index: seal(quote),
    })),
  };
};

/** Anthropic's `input_tokens` leaves the cached ones out. */
export const usage = (
  { input, cached, cacheWrite, reasoning }: Tokens,
  output: number,
  { ask, reply }: Spoken,
): Fields => {
  const isLong = lifetime(ask.body) === "1h";
  return {
    input_tokens: input - cached - cacheWrite,
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cached,
    cache_creation: {
      ephemeral_5m_input_tokens: isLong ? 0 : cacheWrite,
      ephemeral_1h_input_tokens: isLong ? cacheWrite : 0,
    },
    output_tokens: output,
    ...(reasoning > 0 && { output_tokens_details: { thinking_tokens: reasoning } }),
    ...(reply.search !== undefined && { server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 } }),
    service_tier: "standard",
    inference_geo: "global",
  };
};

const stopReason = ({ reply }: Spoken): string => {
  if (reply.refusal !== undefined) return "refusal";
  if (reply.finish === "length") return "max_tokens";
  if (reply.finish === "pause") return "pause_turn";
  return reply.toolCalls === undefined ? "end_turn" : "tool_use";
};

export const message = (spoken: Spoken, content: readonly Fields[], used: Fields): Fields => ({
  id: spoken.id("msg"),
  type: "message",
  role: "assistant",
  model: spoken.ask.model,
  content,
  stop_reason: stopReason(spoken),
  stop_sequence: null,
  usage: used,
});

export const frames = (spoken: Spoken): readonly Frame[] => {
  const { output, reasoning } = spoken.tokens;
  const begun = usage({ ...spoken.tokens, reasoning: 0 }, 1, { ...spoken, reply: {} });
  const start = { ...message(spoken, [], begun), stop_reason: null };
  const { search } = spoken.reply;
  const used = {
    output_tokens: output,
    ...(reasoning > 0 && { output_tokens_details: { thinking_tokens: reasoning } }),
    ...(search !== undefined && { server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 } }),
  };
  return [
    frame({ type: "message_start", message: start }),
    frame({ type: "ping" }),
    ...blocks(spoken).flatMap(blockFrames),
    frame({ type: "message_delta", delta: { stop_reason: stopReason(spoken), stop_sequence: null }, usage: used }),
    frame({ type: "message_stop" }),
  ];
};

const blockFrames = (block: Fields, index: number): readonly Frame[] => {
  const delta = (fields: Fields, generated: number): Frame =>
    frame({ type: "content_block_delta", index, delta: fields }, generated);
  const open = (content_block: Fields): Frame => frame({ type: "content_block_start", index, content_block });
  const close = frame({ type: "content_block_stop", index });
  switch (block["type"]) {
    case "thinking":
      return [
        open({ type: "thinking", thinking: "", signature: "" }),
        ...words(text(block["thinking"])).map((thinking) =>
          delta({ type: "thinking_delta", thinking }, bytes(thinking)),
        ),
        delta({ type: "signature_delta", signature: block["signature"] }, 0),
        close,
      ];
    case "text":
      return [
        open({ type: "text", text: "" }),
        ...list(block["citations"]).map((citation) => delta({ type: "citations_delta", citation }, 0)),
        ...words(text(block["text"])).map((piece) => delta({ type: "text_delta", text: piece }, bytes(piece))),
        close,
      ];
    case "tool_use":
    case "server_tool_use": {
      const json = JSON.stringify(block["input"]);
      const half = Math.ceil(json.length / 2);
      const pieces = ["", json.slice(0, half), json.slice(half)];
      return [
        open({ ...block, input: {} }),
        ...pieces.map((partial_json) => delta({ type: "input_json_delta", partial_json }, bytes(partial_json))),
        close,
      ];
    }
    default:
      return [open(block), close];
  }
};

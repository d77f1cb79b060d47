import {
  askedInBody,
  bytes,
  type Dialect,
  type Fields,
  type Frame,
  type Invalid,
  isFields,
  list,
  type Spoken,
  type Tokens,
  text,
  type Wire,
  words,
} from "./dialect.ts";
import { bearer, rateLimitHeaders, refuse, responsesErrorFrame } from "./openai-errors.ts";
import { openaiOthers } from "./other-endpoints.ts";
import { responsesViolation } from "./responses-rules.ts";
import type { Ask } from "./script.ts";

/** OpenAI's Responses API. */
export const responsesDialect: Dialect = {
  path: /\/responses$/,
  key: bearer,
  asked: askedInBody,
  read,
  whole: (spoken) => response(spoken, "completed", items(spoken)),
  frames,
  refuse,
  errorFrame: responsesErrorFrame,
  keepAlive: ": keep-alive\n\n",
  brokenFrame: "data: {broken\n\n",
  streamType: "text/event-stream",
  requestIdHeader: "x-request-id",
  headers: rateLimitHeaders,
  others: openaiOthers,
};

function read({ body }: Wire, isOwn: (seal: string) => boolean): Ask | Invalid {
  const input = typeof body["input"] === "string" ? [{ role: "user", content: body["input"] }] : list(body["input"]);
  const invalid = responsesViolation(body, input, isOwn);
  if (invalid !== undefined) return { invalid };
  const choice = body["tool_choice"];
  const tools = list(body["tools"]).map((tool) => ({ name: text(tool["name"]), schema: tool["parameters"] }));
  const format = isFields(body["text"]) && isFields(body["text"]["format"]) ? body["text"]["format"] : {};
  const last = input.findLast((item) => item["role"] === "user");
  return {
    api: "openai-responses",
    model: text(body["model"]),
    stream: body["stream"] === true,
    prompt: contentText(last?.["content"]),
    system: text(body["instructions"]),
    inputBytes: bytes(JSON.stringify([body["instructions"] ?? "", input, body["tools"] ?? []])),
    maxTokens: typeof body["max_output_tokens"] === "number" ? body["max_output_tokens"] : undefined,
    tools,
    forcedTool: choice === "required" ? tools[0]?.name : isFields(choice) ? text(choice["name"]) : undefined,
    schema: format["schema"],
    cache: "automatic",
    body,
  };
}

const contentText = (content: unknown): string =>
  typeof content === "string"
    ? content
    : list(content)
        .map((part) => text(part["text"]))
        .join("");

const items = ({ ask, reply, id, seal }: Spoken): readonly Fields[] => [
  ...(reply.reasoning === undefined
    ? []
    : [
        {
          id: id("rs"),
          type: "reasoning",
          // It is there for those who ask for it.
          ...(isEncrypted(ask) && { encrypted_content: seal(reply.reasoning) }),
          summary: [{ type: "summary_text", text: reply.reasoning }],
        },
      ]),
  ...(reply.text === undefined && reply.refusal === undefined
    ? []
    : [{ id: id("msg"), type: "message", status: "completed", role: "assistant", content: [content(reply)] }]),
  ...(reply.toolCalls ?? []).map(({ name, input }) => ({
    id: id("fc"),
    type: "function_call",
    status: "completed",
    call_id: id("call"),
    name,
    arguments: JSON.stringify(input),
  })),
];

const isEncrypted = ({ body }: Ask): boolean =>
  Array.isArray(body["include"]) && body["include"].includes("reasoning.encrypted_content");

const content = ({ text: said, refusal }: Spoken["reply"]): Fields =>
  refusal === undefined
    ? { type: "output_text", annotations: [], logprobs: [], text: said }
    : { type: "refusal", refusal };

const usage = ({ input, cached, output, reasoning }: Tokens): Fields => ({
  input_tokens: input,
  input_tokens_details: { cached_tokens: cached },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: reasoning },
  total_tokens: input + output,
});

const response = (spoken: Spoken, status: string, output: readonly Fields[]): Fields => {
  const isCut = status === "completed" && spoken.reply.finish === "length";
  return {
    id: spoken.id("resp"),
    object: "response",
    created_at: spoken.createdAt,
    status: isCut ? "incomplete" : status,
    error: null,
    incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
    model: spoken.ask.model,
    output,
    parallel_tool_calls: true,
    service_tier: "default",
    store: false,
    usage: status === "completed" ? usage(spoken.tokens) : null,
  };
};

function frames(spoken: Spoken): readonly Frame[] {
  const output = items(spoken);
  const isCut = spoken.reply.finish === "length";
  const bare: readonly (readonly [Fields, number])[] = [
    [{ type: "response.created", response: response(spoken, "in_progress", []) }, 0],
    [{ type: "response.in_progress", response: response(spoken, "in_progress", []) }, 0],
    ...output.flatMap((item, index) => itemEvents(item, index)),
    [
      { type: isCut ? "response.incomplete" : "response.completed", response: response(spoken, "completed", output) },
      0,
    ],
  ];
  return bare.map(([event, generated], sequence_number) => ({
    wire: `event: ${text(event["type"])}\ndata: ${JSON.stringify({ ...event, sequence_number })}\n\n`,
    generated,
  }));
}

type Event = readonly [Fields, number];

const itemEvents = (item: Fields, output_index: number): readonly Event[] => {
  const at = { item_id: item["id"], output_index };
  const added = (fields: Fields): Event => [
    { type: "response.output_item.added", output_index, item: { ...item, ...fields } },
    0,
  ];
  const done: Event = [{ type: "response.output_item.done", output_index, item }, 0];
  const deltas = (type: string, pieces: readonly string[], more: Fields): readonly Event[] =>
    pieces.map((delta) => [{ type, ...at, ...more, delta }, bytes(delta)]);
  switch (item["type"]) {
    case "reasoning": {
      const said = text(list(item["summary"])[0]?.["text"]);
      const place = { summary_index: 0 };
      return [
        added({ summary: [] }),
        [
          { type: "response.reasoning_summary_part.added", ...at, ...place, part: { type: "summary_text", text: "" } },
          0,
        ],
        ...deltas("response.reasoning_summary_text.delta", words(said), place),
        [{ type: "response.reasoning_summary_text.done", ...at, ...place, text: said }, 0],
        done,
      ];
    }
    case "message": {
      const [part = {}] = list(item["content"]);
      const isText = part["type"] === "output_text";
      const said = text(isText ? part["text"] : part["refusal"]);
      const place = { content_index: 0 };
      const empty = isText ? { ...part, text: "" } : { ...part, refusal: "" };
      const kind = isText ? "output_text" : "refusal";
      return [
        added({ status: "in_progress", content: [] }),
        [{ type: "response.content_part.added", ...at, ...place, part: empty }, 0],
        ...deltas(`response.${kind}.delta`, words(said), place),
        [{ type: `response.${kind}.done`, ...at, ...place, [isText ? "text" : "refusal"]: said }, 0],
        [{ type: "response.content_part.done", ...at, ...place, part }, 0],
        done,
      ];
    }
    default: {
      const json = text(item["arguments"]);
      const half = Math.ceil(json.length / 2);
      return [
        added({ status: "in_progress", arguments: "" }),
        ...deltas("response.function_call_arguments.delta", [json.slice(0, half), json.slice(half)], {}),
        [{ type: "response.function_call_arguments.done", ...at, arguments: json }, 0],
        done,
      ];
    }
  }
};

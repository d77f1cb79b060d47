/** A vendor that answers at once from memory, in a process of its own: so that only the client's CPU is counted. */
import { createServer } from "node:http";

const words = Array.from({ length: 200 }, (_, index) => `word${index} `);
const id = "chatcmpl-bench";
const usage = { prompt_tokens: 20, completion_tokens: 200, total_tokens: 220 };
const whole = JSON.stringify({
  id,
  object: "chat.completion",
  created: 1,
  model: "bench",
  choices: [
    { index: 0, finish_reason: "stop", message: { role: "assistant", content: words.join(""), refusal: null } },
  ],
  usage,
});
const chunk = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({ id, object: "chat.completion.chunk", created: 1, model: "bench", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const chunks = [
  chunk({ role: "assistant", content: "" }, null),
  ...words.map((content) => chunk({ content }, null)),
  chunk({}, "stop"),
  `data: ${JSON.stringify({ id, object: "chat.completion.chunk", created: 1, model: "bench", choices: [], usage })}\n\n`,
  "data: [DONE]\n\n",
].join("");

const server = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (text: string) => {
    body += text;
  });
  request.on("end", () => {
    const streamed = body.includes('"stream":true');
    response.writeHead(200, { "content-type": streamed ? "text/event-stream" : "application/json" });
    response.end(streamed ? chunks : whole);
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.send?.(address.port);
});
process.on("disconnect", () => process.exit(0));

import type { FilePart, GenerateRequest, Part, ResolvedSchema, ToolOutput } from "../contract/index.ts";

/** Is told what of a request a vendor turns into tokens. */
export interface RequestReader {
  text(text: string): void;
  /** Of a tool, or of the wanted output: sent as JSON. */
  schema(schema: ResolvedSchema): void;
  file(file: FilePart): void;
}

/** Goes through all that counts as input, in the order in which it is sent. */
export const readRequest = ({ messages, tools, output }: GenerateRequest, reader: RequestReader): void => {
  for (const { content } of messages) {
    if (typeof content === "string") reader.text(content);
    else for (const part of content) readPart(part, reader);
  }
  for (const tool of tools ?? []) {
    if (tool.type !== "function") continue;
    reader.text(tool.name + (tool.description ?? ""));
    reader.schema(tool.input);
  }
  if (output !== undefined) reader.schema(output);
};

const readPart = (part: Part, reader: RequestReader): void => {
  switch (part.type) {
    case "file":
      return reader.file(part);
    case "tool-call":
      return reader.text(JSON.stringify(part.input));
    case "tool-result":
      return typeof part.output === "string" ? reader.text(part.output) : readOutput(part.output, reader);
    case "source":
      return reader.text(part.quote ?? "");
    default:
      return reader.text(part.text);
  }
};

const readOutput = (output: ToolOutput, reader: RequestReader): void => {
  if (output.type === "text") return reader.text(output.text);
  if (output.type === "json") return reader.text(JSON.stringify(output.value));
  for (const part of output.parts) readPart(part, reader);
};

import { type Fields, isFields, list, text } from "./dialect.ts";

/** Fields of the body that the API knows (ai.google.dev/api/generate-content); any other is a 400. */
const TOP = new Set([
  "contents",
  "tools",
  "toolConfig",
  "safetySettings",
  "systemInstruction",
  "generationConfig",
  "cachedContent",
  "serviceTier",
  "labels",
  "store",
  "continuationToken",
]);
const GENERATION = new Set([
  "stopSequences",
  "responseMimeType",
  "responseSchema",
  "responseJsonSchema",
  "responseModalities",
  "candidateCount",
  "maxOutputTokens",
  "temperature",
  "topP",
  "topK",
  "seed",
  "presencePenalty",
  "frequencyPenalty",
  "responseLogprobs",
  "logprobs",
  "speechConfig",
  "thinkingConfig",
  "imageConfig",
  "mediaResolution",
]);
/** A part has one of these. */
const DATA = [
  "text",
  "inlineData",
  "fileData",
  "functionCall",
  "functionResponse",
  "executableCode",
  "codeExecutionResult",
  "toolCall",
  "toolResponse",
] as const;
const PART = new Set<string>([...DATA, "thought", "thoughtSignature", "videoMetadata", "mediaResolution"]);
const CALL = new Set(["id", "name", "args"]);
const RESPONSE = new Set(["id", "name", "response", "parts", "scheduling", "willContinue"]);
const DECLARATION = new Set([
  "name",
  "description",
  "behavior",
  "parameters",
  "parametersJsonSchema",
  "response",
  "responseJsonSchema",
]);
const TOOL_NAME = /^[A-Za-z_][\w.:-]{0,127}$/;
const MOST_STOPS = 5;
/** Stands for a signature, where the history is another vendor's (ai.google.dev, thought signatures). */
const SENTINEL = "skip_thought_signature_validator";

type Wrong = string | undefined;

/** Why the API would answer 400 to this body. */
export const wrongBody = (body: Fields, model: string, isOwn: (seal: string) => boolean): Wrong =>
  unknown(body, TOP, "") ??
  wrongConfig(fields(body["generationConfig"])) ??
  wrongTools(body) ??
  wrongContents(list(body["contents"]), model, isOwn);

const fields = (value: unknown): Fields => (isFields(value) ? value : {});

const unknown = (value: Fields, known: ReadonlySet<string>, at: string): Wrong => {
  const name = Object.keys(value).find((each) => !known.has(each));
  const where = at === "" ? "" : ` at '${at}'`;
  return name === undefined
    ? undefined
    : `Invalid JSON payload received. Unknown name "${name}"${where}: Cannot find field.`;
};

/** The first that is wrong, of a list of things. */
const first = <T>(all: readonly T[], wrong: (each: T, index: number) => Wrong): Wrong => {
  for (const [index, each] of all.entries()) {
    const found = wrong(each, index);
    if (found !== undefined) return found;
  }
  return undefined;
};

const wrongConfig = (config: Fields): Wrong => {
  const found = unknown(config, GENERATION, "generation_config");
  if (found !== undefined) return found;
  const { stopSequences, responseJsonSchema, responseMimeType } = config;
  if (Array.isArray(stopSequences) && stopSequences.length > MOST_STOPS) {
    return `The number of stop sequences (${stopSequences.length}) exceeds the maximum of ${MOST_STOPS}.`;
  }
  if (responseJsonSchema !== undefined && responseMimeType !== "application/json") {
    return "response_json_schema is only supported with response_mime_type application/json";
  }
  const { thinkingLevel, thinkingBudget } = fields(config["thinkingConfig"]);
  return thinkingLevel !== undefined && thinkingBudget !== undefined
    ? "You can only set only one of thinking budget and thinking level."
    : undefined;
};

const wrongTools = (body: Fields): Wrong => {
  const declarations = list(body["tools"]).flatMap((tool) => list(tool["functionDeclarations"]));
  const wrong = first(declarations, (each, index) => {
    const at = `tools[0].function_declarations[${index}]`;
    if (!TOOL_NAME.test(text(each["name"]))) return `Invalid function name at '${at}.name'.`;
    return unknown(each, DECLARATION, at);
  });
  if (wrong !== undefined) return wrong;
  const calling = fields(fields(body["toolConfig"])["functionCallingConfig"]);
  const allowed = Array.isArray(calling["allowedFunctionNames"]) ? calling["allowedFunctionNames"] : [];
  if (calling["mode"] === "ANY" && declarations.length === 0) return "Function calling mode ANY needs functions.";
  if (allowed.length > 0 && calling["mode"] !== "ANY" && calling["mode"] !== "VALIDATED") {
    return "allowed_function_names should only be set when the function calling mode is ANY.";
  }
  return first(allowed, (name) =>
    declarations.some((each) => each["name"] === name) ? undefined : `allowed_function_names: ${name} is unknown.`,
  );
};

const wrongContents = (contents: readonly Fields[], model: string, isOwn: (seal: string) => boolean): Wrong => {
  if (contents.length === 0) return "* GenerateContentRequest.contents: contents is not specified";
  const wrong = first(contents, (content, index) => wrongContent(content, index, isOwn));
  return wrong ?? wrongTurns(contents) ?? (model.includes("gemini-3") ? unsigned(contents) : undefined);
};

const wrongContent = ({ role, parts }: Fields, index: number, isOwn: (seal: string) => boolean): Wrong => {
  if (role !== undefined && role !== "user" && role !== "model") return "Please use a valid role: user, model.";
  if (list(parts).length === 0) {
    return `* GenerateContentRequest.contents[${index}].parts: contents.parts must not be empty.`;
  }
  return first(list(parts), (part, at) => wrongPart(part, `contents[${index}].parts[${at}]`, isOwn));
};

const wrongPart = (part: Fields, at: string, isOwn: (seal: string) => boolean): Wrong => {
  const found = unknown(part, PART, at);
  if (found !== undefined) return found;
  const { functionCall, functionResponse, thoughtSignature } = part;
  if (DATA.filter((name) => part[name] !== undefined).length !== 1) {
    return `* GenerateContentRequest.${at}.data: required oneof field 'data' must have one initialized field`;
  }
  if (thoughtSignature !== undefined && thoughtSignature !== SENTINEL && !isOwn(text(thoughtSignature))) {
    return "Corrupted thought signature.";
  }
  if (functionCall !== undefined) {
    if (!isFields(fields(functionCall)["args"])) return `Invalid value at '${at}.function_call.args'`;
    return unknown(fields(functionCall), CALL, `${at}.function_call`);
  }
  if (functionResponse === undefined) return undefined;
  if (!isFields(fields(functionResponse)["response"])) {
    return `Invalid value at '${at}.function_response.response' (type.googleapis.com/google.protobuf.Struct)`;
  }
  if (text(fields(functionResponse)["name"]) === "") {
    return `* GenerateContentRequest.${at}.function_response.name: Name cannot be empty.`;
  }
  return unknown(fields(functionResponse), RESPONSE, `${at}.function_response`);
};

const counted = (content: Fields | undefined, name: (typeof DATA)[number]): number =>
  list(content?.["parts"]).filter((part) => part[name] !== undefined).length;

const wrongTurns = (contents: readonly Fields[]): Wrong =>
  first(contents, (content, index) => {
    const before = contents[index - 1];
    const called = counted(before, "functionCall");
    const answered = counted(content, "functionResponse");
    if (counted(content, "functionCall") > 0 && before?.["role"] !== "user") {
      return "Please ensure that function call turn comes immediately after a user turn or after a function response turn.";
    }
    if (answered > 0 && called === 0) {
      return "Please ensure that function response turn comes immediately after a function call turn.";
    }
    return answered === called
      ? undefined
      : "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.";
  });

/** In the turn that is going on, each step's first call is signed. */
const unsigned = (contents: readonly Fields[]): Wrong => {
  const began = contents.findLastIndex(
    (content) => content["role"] === "user" && counted(content, "functionResponse") === 0,
  );
  return first(contents.slice(began + 1), ({ parts }) => {
    const call = list(parts).find((part) => part["functionCall"] !== undefined);
    if (call === undefined || call["thoughtSignature"] !== undefined) return undefined;
    return `Function call \`${text(fields(call["functionCall"])["name"])}\` is missing a thought_signature in functionCall parts.`;
  });
};

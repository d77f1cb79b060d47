import type { Dialect, Fields } from "./dialect.ts";
import type { ErrorName } from "./script.ts";

type Told = readonly [status: number, canonical: string, message: string, details?: readonly Fields[]];

const TYPE = "type.googleapis.com/google.rpc";
const reason = (word: string): readonly Fields[] => [
  { "@type": `${TYPE}.ErrorInfo`, reason: word, domain: "googleapis.com", metadata: {} },
];
const quota = (quotaId: string, quotaValue: string): readonly Fields[] => [
  {
    "@type": `${TYPE}.QuotaFailure`,
    violations: [
      {
        quotaMetric: "generativelanguage.googleapis.com/generate_requests",
        quotaId,
        quotaValue,
      },
    ],
  },
];

/** As the vendor words them (ai.google.dev, troubleshooting; google.rpc). */
const ERRORS: Readonly<Record<ErrorName, Told>> = {
  invalid_request: [400, "INVALID_ARGUMENT", "Request contains an invalid argument."],
  bad_key: [400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", reason("API_KEY_INVALID")],
  forbidden: [403, "PERMISSION_DENIED", "Your API key doesn't have the required permissions."],
  model_not_found: [
    404,
    "NOT_FOUND",
    "models/unknown is not found for API version v1beta, or is not supported for generateContent.",
  ],
  too_large: [400, "INVALID_ARGUMENT", "Request payload size exceeds the limit: 20971520 bytes."],
  context_overflow: [
    400,
    "INVALID_ARGUMENT",
    "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
  ],
  rate_limited: [
    429,
    "RESOURCE_EXHAUSTED",
    "You exceeded your current quota, please check your plan and limits.",
    quota("GenerateRequestsPerMinutePerProjectPerModel", "1000"),
  ],
  insufficient_quota: [
    429,
    "RESOURCE_EXHAUSTED",
    "You exceeded your current quota, please check your plan and limits.",
    quota("GenerateRequestsPerDayPerProjectPerModel", "10000"),
  ],
  spend_limit: [429, "RESOURCE_EXHAUSTED", "Your project has exceeded its monthly spending cap."],
  server_error: [500, "INTERNAL", "An internal error has occurred."],
  overloaded: [503, "UNAVAILABLE", "The model is overloaded. Please try again later."],
  timed_out: [504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."],
};

const errorBody = (error: ErrorName, said?: string): Fields => {
  const [code, status, message, details] = ERRORS[error];
  return { error: { code, message: said ?? message, status, ...(details !== undefined && { details }) } };
};

export const refuse: Dialect["refuse"] = (error, said) => ({ status: ERRORS[error][0], body: errorBody(error, said) });

export const errorFrame: Dialect["errorFrame"] = (error) => `data: ${JSON.stringify(errorBody(error))}\r\n\r\n`;

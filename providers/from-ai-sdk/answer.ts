import {
  type ContentEvent,
  type FailureOf,
  type Finish,
  type GatewayError,
  isObject,
  type Json,
  type JsonObject,
  type ResponseInfo,
  truncated,
  vendorError,
  type Warning,
} from "../../src/kit/index.ts";
import { ContentWriter, string } from "./content-writer.ts";
import { endingOf } from "./finish.ts";
import { headersOf, rateLimits, requestIdOf } from "./headers.ts";
import type { AiSdkModel } from "./model.ts";
import { jsonOf, metadataOf } from "./state.ts";
import { sdkUsage } from "./usage.ts";
import { hearWarnings } from "./warnings.ts";

/** An answer that is read: who gives it, and what is known of it besides its content. */
export class Answer {
  readonly of: FailureOf;
  readonly model: AiSdkModel;
  readonly writer: ContentWriter;
  #response: ResponseInfo = {};

  constructor(of: FailureOf, model: AiSdkModel) {
    this.of = of;
    this.model = model;
    const { call, provider } = of;
    this.writer = new ContentWriter({ provider, model: call.model.id, account: call.credential.account }, call.clock);
  }

  /** `response` of a result: its headers, in V2 to V4, and for a whole answer its id and model. */
  hearResponse(told: unknown): void {
    const response = isObject(told) ? told : {};
    const headers = headersOf(response["headers"]);
    const requestId = requestIdOf(headers, this.of.secrets);
    this.describe(response);
    if (requestId !== undefined) this.#response = { ...this.#response, requestId };
    this.of.call.report({
      type: "response",
      response: requestId === undefined ? {} : { requestId },
      rateLimits: rateLimits(headers),
    });
  }

  describe(told: JsonObject): void {
    const [id, model] = [string(told["id"]), string(told["modelId"])];
    this.#response = { ...this.#response, ...(id && { id }), ...(model && { model }) };
  }

  /** The end. Throws for one that is none. */
  finish(told: JsonObject, isStream: boolean): readonly ContentEvent[] {
    const { call, provider } = this.of;
    const metadata = metadataOf(told["providerMetadata"]);
    const { specificationVersion: version } = this.model;
    const usage = sdkUsage(told["usage"], metadata, { version, provider: this.model.provider });
    if (usage.source === "reported") call.report({ type: "usage", usage });
    hearWarnings(told["warnings"], this.of);
    const { reason, raw } = endingOf(told["finishReason"], isStream, this.writer.callsTools);
    if (reason === "cut") throw truncated(call, provider);
    if (reason === "failed") throw failed(this.of, raw);
    const kept = this.#metadata(metadata, told["usage"]);
    const finish: Omit<Finish, "type"> = {
      finishReason: reason,
      ...(raw !== undefined && { rawFinishReason: raw }),
      usage,
      response: this.#response,
      ...(Object.keys(kept).length > 0 && { providerMetadata: kept }),
    };
    for (const warning of [...this.writer.finish(finish), ...this.#unanswered()]) {
      call.report({ type: "warning", warning });
    }
    return this.writer.take();
  }

  #metadata(metadata: JsonObject, usage: unknown): Readonly<Record<string, Json>> {
    const raw = isObject(usage) ? jsonOf(usage["raw"]) : undefined;
    const { approvals } = this.writer;
    return {
      ...metadata,
      ...(raw !== undefined && raw !== null && { usage: raw }),
      ...(approvals.length > 0 && { toolApprovalRequests: approvals }),
    };
  }

  /** There is no part that answers them. */
  #unanswered(): readonly Warning[] {
    const { length } = this.writer.approvals;
    if (length === 0) return [];
    const message = `${length} tool approval(s) were asked for, which cannot be given here (providerMetadata.toolApprovalRequests).`;
    return [{ code: "other", message }];
  }
}

/** The vendor says of its answer that it failed; why, it may have said before. */
const failed = ({ call, provider }: FailureOf, raw: string | undefined): GatewayError =>
  vendorError(call, { provider, code: "server_error", ...(raw !== undefined && { vendorCode: raw }) });

import assert from "node:assert/strict";
import type { EmbedCall, FilePart } from "../../kit/index.ts";
import type { ProviderSuiteOptions, SuiteCase } from "./index.ts";
import { onStage, type Stage } from "./stage.ts";

export const otherCases = (options: ProviderSuiteOptions): readonly SuiteCase[] => {
  const on = onStage(options);
  return [
    on("ready() resolves where a first call would", async ({ provider }) => {
      await provider.ready?.();
      assert.equal(provider.contract, 1);
    }),
    on("embed: a vector for each text, in their order", async (stage) => {
      const { provider } = stage;
      if (provider.embed === undefined) return;
      const input = ["the gate", "die Mühle", "水"];
      const { vectors, usage } = await provider.embed(embedCall(stage, input, options));
      assert.equal(vectors.length, input.length);
      assert.equal(new Set(vectors.map((vector) => vector.join())).size, input.length);
      for (const vector of vectors) assert(vector instanceof Float32Array && vector.length > 0);
      assert.equal(usage.input.uncached + usage.input.cacheRead + usage.input.cacheWrite, usage.input.total);
      for (const [at, text] of input.entries()) {
        const alone = await provider.embed(embedCall(stage, [text], options));
        assert.deepEqual(alone.vectors[0], vectors[at]);
      }
    }),
    on("countTokens: a count", async ({ provider, call }) => {
      if (provider.countTokens === undefined) return;
      const count = await provider.countTokens(call().call);
      assert(Number.isSafeInteger(count) && count > 0);
    }),
    on("fileTokens: at once, a number or nothing, whatever the file is", async ({ provider, call }) => {
      const { model } = call().call;
      for (const file of FILES) {
        const tokens = provider.fileTokens?.(file, model);
        assert(tokens === undefined || (Number.isFinite(tokens) && tokens >= 0), `${file.mediaType}: ${tokens}`);
      }
    }),
    on("models: their ids", async ({ provider }) => {
      if (provider.models === undefined) return;
      for (const id of await provider.models(new AbortController().signal)) assert.equal(typeof id, "string");
    }),
  ];
};

/** Of every kind, with nothing in them that can be read. */
const FILES = [
  "image/png",
  "image/jpeg",
  "application/pdf",
  "audio/wav",
  "video/mp4",
  "application/x-unheard-of",
].flatMap((mediaType): readonly FilePart[] =>
  [
    { bytes: new Uint8Array(0) },
    { bytes: new Uint8Array(200).fill(0xff) },
    { base64: "%%%" },
    { url: "https://example.com/file" },
    { fileId: "file-1", provider: "another" },
  ].map((data) => ({ type: "file", mediaType, data })),
);

const embedCall = ({ call }: Stage, input: readonly string[], { embeddingModel }: ProviderSuiteOptions): EmbedCall => {
  const asking = embeddingModel === undefined ? {} : { model: embeddingModel };
  const { request: _request, mode: _mode, ...rest } = call(asking).call;
  return { ...rest, input };
};

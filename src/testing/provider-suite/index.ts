import type { Feature, Provider, ProviderModel, ProviderTool } from "../../kit/index.ts";
import type { Step } from "../script.ts";
import type { Hit } from "../vendor-api.ts";
import { answerCases } from "./answers.ts";
import { endingCases } from "./endings.ts";
import { failureCases } from "./failures.ts";
import { featureCases } from "./features.ts";
import { historyCases } from "./history.ts";
import { otherCases } from "./others.ts";

/** The other side of a provider under test: `startVendor()`, or a simulator of your own that plays the same steps. */
export interface SuiteVendor {
  script(next: readonly Step[]): void;
  /** Every request so far. */
  readonly hits: readonly Pick<Hit, "outcome" | "status">[];
  /** Resolves when no request is open. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** What the suite has to know of a provider, since it cannot be seen from outside. */
export interface ProviderTraits {
  /** The model that is asked for. Its `capabilities` are taken for all there are, so that only the adapter's own limits show. */
  readonly model?: Partial<ProviderModel>;
  /** What a model must be like for a feature that not every model has, such as `{ prefill: { options: { prefill: true } } }`. */
  readonly modelFor?: Readonly<Partial<Record<Feature, Partial<ProviderModel>>>>;
  /** The model that texts are turned into vectors by. Default: `model`. */
  readonly embeddingModel?: Partial<ProviderModel>;
  /** A tool that the vendor runs, where the provider has `provider_tools`. */
  readonly providerTool?: ProviderTool;
  /** Cases that do not apply, by a word of their name, each with the reason. They are listed as skipped. */
  readonly without?: Readonly<Record<string, string>>;
  /** How long a case may take, in milliseconds. @default 10_000 */
  readonly caseMs?: number;
}

export interface ProviderSuiteOptions<Vendor extends SuiteVendor = SuiteVendor> extends ProviderTraits {
  /** A vendor of its own for each case. */
  readonly vendor: () => Promise<Vendor>;
  /** The provider under test, with `apiKey`, speaking to that vendor. */
  readonly provider: (vendor: Vendor, apiKey: string) => Provider;
}

/** One thing that every provider must do. */
export interface SuiteCase {
  readonly name: string;
  /** Why it does not apply; it is not to be run then. */
  readonly skip?: string;
  /** Rejects with what was not so; after `caseMs` in any case. */
  run(): Promise<void>;
}

/**
 * What every provider must do, whoever wrote it, as cases for any test runner: answers in both modes, tool calls and their
 * results, cuts at every event, aborts, each kind of failure, and that nothing asked for is lost unseen.
 *
 * @example
 * const cases = providerSuite({ vendor: startVendor, provider: (vendor, apiKey) => mine({ apiKey, url: vendor.url }) });
 * for (const { name, skip, run } of cases) test(name, { skip }, run);   // node:test; likewise with any other
 */
export const providerSuite = <Vendor extends SuiteVendor>(
  options: ProviderSuiteOptions<Vendor>,
): readonly SuiteCase[] => {
  const { without = {} } = options;
  const all = [answerCases, historyCases, endingCases, failureCases, featureCases, otherCases].flatMap((cases) =>
    cases(options as unknown as ProviderSuiteOptions),
  );
  return all.map((each) => {
    const skip = each.skip ?? Object.entries(without).find(([word]) => each.name.includes(word))?.[1];
    return skip === undefined ? each : { ...each, skip };
  });
};

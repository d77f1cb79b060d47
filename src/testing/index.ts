export type { Bill, BillItem, Fraction, VendorPrice } from "./bill.ts";
export { type Brain, createExam, type Exam, plainBrain, type Question } from "./brain.ts";
export { type Act, type FakeProvider, type FakeProviderOptions, fakeProvider } from "./fake-provider.ts";
export {
  type ProviderSuiteOptions,
  type ProviderTraits,
  providerSuite,
  type SuiteCase,
  type SuiteVendor,
} from "./provider-suite/index.ts";
export {
  type RegistrySourceSuiteOptions,
  registrySourceSuite,
  type SourceStage,
} from "./registry-source-suite/index.ts";
export type { Api, Ask, ErrorName, Reply, Step } from "./script.ts";
export { type CacheStoreSuiteOptions, cacheStoreSuite } from "./store-suites/cache.ts";
export { type DocumentStoreSuiteOptions, documentStoreSuite } from "./store-suites/documents.ts";
export type { QuotaStage } from "./store-suites/quota-stage.ts";
export { type QuotaStoreSuiteOptions, quotaStoreSuite } from "./store-suites/quotas.ts";
export { type SignalStoreSuiteOptions, signalStoreSuite } from "./store-suites/signals.ts";
export type { StoreStage, StoreSuiteOptions } from "./store-suites/stage.ts";
export { startVendor } from "./vendor.ts";
export type { Hit, Vendor, VendorModel, VendorOptions } from "./vendor-api.ts";
export { type VirtualClock, virtualClock } from "./virtual-clock.ts";

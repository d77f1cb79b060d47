export * from "./contract/index.ts";
export type { ContentStream } from "./flow/content-stream.ts";
export type { CostEvent, EventContext, GatewayEvents, LimitEvent, RegistryEvent, RetryEvent } from "./flow/events.ts";
export type { Classify, Tenants } from "./flow/planning.ts";
export type { BudgetEvent, StoreEvent } from "./flow/quotas.ts";
export type { Difference } from "./flow/reconcile.ts";
export type { LimitStatus, Spend } from "./flow/spend.ts";
export { createGateway } from "./gateway.ts";
export type { Asking, CloseOptions, Gateway, GatewayOptions, QuotasSettings } from "./gateway-api.ts";
export { type MemoryLedger, memoryLedger } from "./ledger/memory-ledger.ts";
export { difficultyEstimator, estimateDifficulty } from "./policy/difficulty-estimator.ts";
export type { Explanation } from "./policy/explain.ts";
export { defineRegistry } from "./registry/define-registry.ts";
export { type HttpSourceOptions, httpSource } from "./registry/http-source.ts";
export type { RegistryFile } from "./registry/schema.ts";
export type { Task, TenantEntry, TenantPlan } from "./registry/snapshot.ts";
export type { RegistryInput } from "./registry/source.ts";
export { jsonSchema } from "./schema/json-schema.ts";
export { type FromKeyValueOptions, fromKeyValue, type KeyValueStore } from "./store/key-value/from-key-value.ts";
export {
  type MemoryStoreOptions,
  type MemoryStoreOptions,
  memoryStore,
  memoryStore,
} from "./store/memory/memory-store.ts";

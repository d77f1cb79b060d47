export * from "./contract/index.ts";
export type { ContentStream } from "./flow/content-stream.ts";
export type { CostEvent, EventContext, GatewayEvents, RegistryEvent, RetryEvent } from "./flow/events.ts";
export { createGateway } from "./gateway.ts";
export type { CloseOptions, Gateway, GatewayOptions } from "./gateway-api.ts";
export { type MemoryLedger, memoryLedger } from "./ledger/memory-ledger.ts";

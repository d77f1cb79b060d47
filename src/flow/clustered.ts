import cluster from "node:cluster";

/** Whether this process is one of several that do the same, as far as it can tell: Node's cluster, PM2, or a declared number of workers. */
export const isClustered = (environment: NodeJS.ProcessEnv = process.env): boolean =>
  cluster.isWorker ||
  environment["NODE_APP_INSTANCE"] !== undefined ||
  environment["pm_id"] !== undefined ||
  Number(environment["WEB_CONCURRENCY"] ?? 1) > 1;

let warned = false;

/** Once a process: limits that each process counts for itself are a multiple of what was written. */
export const warnIfClustered = (): void => {
  if (warned || !isClustered()) return;
  warned = true;
  const message =
    "limits and budgets are kept in the memory of each process: several together admit a multiple of them";
  process.emitWarning(`headgate: ${message}. Pass a store (headgate/redis, headgate/postgres).`, {
    code: "HEADGATE_MEMORY_STORE",
  });
};

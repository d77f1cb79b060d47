/** What is used of `pg`, so that its types need not be there. */
export interface PostgresResult {
  readonly rows: readonly Record<string, unknown>[];
}

export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<PostgresResult>;
  /** With an error or `true` the connection is closed and not used again. */
  release(broken?: Error | boolean): void;
  on(event: "error" | "end" | "notification", heard: (...said: never[]) => void): unknown;
  removeListener(event: "error", heard: () => void): unknown;
  /** Lets the process end although the connection is open. */
  unref?(): void;
}

/** A `pg.Pool`, or what behaves like one. */
export interface PostgresPool {
  query(text: string, values?: unknown[]): Promise<PostgresResult>;
  connect(): Promise<PostgresClient>;
  on?(event: "error", heard: () => void): unknown;
  removeListener?(event: "error", heard: () => void): unknown;
}

const ignore = (): void => {};

/**
 * Runs `work` in a transaction of its own, and gives the connection back on every way out: as good only where the server
 * said that the transaction is over. It ends itself on the server where this process falls silent in the middle of it.
 */
export const inTransaction = async <T>(
  pool: PostgresPool,
  timeoutMs: number,
  work: (client: PostgresClient) => Promise<{ readonly answer: T; readonly keep: boolean }>,
): Promise<T> => {
  const client = await pool.connect();
  // A connection that breaks between two queries would end the process otherwise; the next query tells.
  client.on("error", ignore);
  let broken: Error | boolean = true;
  try {
    await client.query(
      `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = ${timeoutMs}; SET LOCAL idle_in_transaction_session_timeout = ${timeoutMs}`,
    );
    const { answer, keep } = await work(client).catch(async (error: unknown) => {
      await client.query("ROLLBACK").then(() => {
        broken = false;
      }, ignore);
      throw error;
    });
    await client.query(keep ? "COMMIT" : "ROLLBACK");
    broken = false;
    return answer;
  } finally {
    client.removeListener("error", ignore);
    client.release(broken);
  }
};

const NO_SUCH_TABLE = "42P01";

/** Says what to do where the tables are missing. */
export const toldTables = <T>(answer: Promise<T>): Promise<T> =>
  answer.catch((error: unknown) => {
    const isMissing = error instanceof Error && "code" in error && error.code === NO_SUCH_TABLE;
    throw isMissing ? new Error("The store's tables are not there: await store.migrate()", { cause: error }) : error;
  });

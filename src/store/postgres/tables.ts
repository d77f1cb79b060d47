export interface PostgresTables {
  /** An existing schema. Default: the first of the connection's search path. */
  readonly schema?: string;
  /** Stands before the tables' names and names the channel of notifications. Default `headgate_`. */
  readonly prefix?: string;
}

/** The tables' names, quoted. */
export interface Names {
  readonly quotas: string;
  readonly cache: string;
  readonly parks: string;
  readonly leases: string;
  readonly documents: string;
  readonly channel: string;
}

const NAME = /^[a-z_][a-z0-9_]{0,30}$/;

export const namesOf = ({ schema, prefix = "headgate_" }: PostgresTables): Names => {
  for (const [option, name] of Object.entries({ schema, prefix })) {
    if (name === undefined || NAME.test(name)) continue;
    throw new TypeError(
      `Expected \`${option}\` to be 1 to 31 small letters, digits and underscores, not beginning with a digit, got \`${name}\``,
    );
  }
  const named = (name: string): string => `${schema === undefined ? "" : `"${schema}".`}"${prefix}${name}"`;
  return {
    quotas: named("quotas"),
    cache: named("cache"),
    parks: named("parks"),
    leases: named("leases"),
    documents: named("documents"),
    // Channels know no schemas.
    channel: `${schema === undefined ? "" : `${schema}_`}${prefix}signals`,
  };
};

/** Any number that is nobody else's: migrations of several processes wait for each other under it. */
const LOCK = 7_233_115_001;

/**
 * The tables that a store of the same options needs, as SQL that may run again and again, and in many processes at once. Hand it
 * to your migrations, or let `store.migrate()` run it.
 */
export const postgresTables = (tables: PostgresTables = {}): string => {
  const { quotas, cache, parks, leases, documents } = namesOf(tables);
  const index = `"${tables.prefix ?? "headgate_"}cache_`;
  return `BEGIN;
SELECT pg_advisory_xact_lock(${LOCK});
CREATE TABLE IF NOT EXISTS ${quotas} (key text PRIMARY KEY, record text NOT NULL, keep_until_ms bigint NOT NULL);
CREATE UNLOGGED TABLE IF NOT EXISTS ${cache} (key text PRIMARY KEY, value bytea NOT NULL, expires_at_ms bigint NOT NULL, tags text[] NOT NULL);
CREATE INDEX IF NOT EXISTS ${index}tags" ON ${cache} USING gin (tags);
CREATE INDEX IF NOT EXISTS ${index}end" ON ${cache} (expires_at_ms);
CREATE TABLE IF NOT EXISTS ${parks} (name text PRIMARY KEY, until_ms bigint NOT NULL);
CREATE TABLE IF NOT EXISTS ${leases} (name text PRIMARY KEY, holder text NOT NULL, epoch bigint NOT NULL, until_ms bigint NOT NULL);
CREATE TABLE IF NOT EXISTS ${documents} (name text PRIMARY KEY, content bytea NOT NULL, version text NOT NULL);
COMMIT;
`;
};

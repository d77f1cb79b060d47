import type { JsonSchema } from "./json.ts";

/** One thing that a value does not satisfy, as Standard Schema reports it. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

export type SchemaResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/**
 * A Standard Schema (https://standardschema.dev) that also yields JSON Schema: what zod 4.2+, ArkType and Valibot's
 * JSON Schema package hand out, and what `jsonSchema(schema, validate)` makes from a plain JSON Schema.
 */
export interface Schema<T = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<T> | Promise<SchemaResult<T>>;
    readonly jsonSchema: {
      readonly input: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
      readonly output: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
    };
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
  };
}

/** What a schema's validated value is. */
export type SchemaOutput<S> = S extends Schema<infer T> ? T : never;

/** A schema as providers see it: resolved to JSON Schema, with a name where a vendor wants one. */
export interface ResolvedSchema {
  readonly name: string;
  readonly schema: JsonSchema;
  /** The caller's schema is no object: it is the property `value` of this one, and the gateway takes it out of the answer. */
  readonly wrapped?: true;
}

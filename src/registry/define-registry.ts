import type { RegistryFile } from "./schema.ts";
import type { Policy, Task, TenantPlan } from "./snapshot.ts";

/**
 * A registry in TypeScript, with its names and shapes completed by the editor: whatever refers to a model, a task, a
 * difficulty or a plan must name one that is there. It is checked when the gateway loads it, like a file; unlike one, it
 * cannot change while running.
 */
export const defineRegistry = <const Registry extends RegistryFile>(
  registry: Registry & Referring<Registry>,
): Registry => registry;

/** The names of a section: any where the type does not say which, none where there is no such section. */
type NamesIn<Registry, Section extends keyof RegistryFile> = Registry extends {
  readonly [Key in Section]?: infer Named;
}
  ? keyof NonNullable<Named> & string
  : never;

/** What the registry's own names allow where it refers to them. */
interface Referring<Registry> {
  readonly tasks?: Readonly<Record<string, Choosing<Registry>>>;
  readonly policy?: Omit<Partial<Policy>, "difficulty" | "plan"> & {
    readonly difficulty?: NamesIn<Registry, "difficulties">;
    readonly plan?: NamesIn<Registry, "plans">;
  };
  readonly plans?: Readonly<Record<string, Narrowing<Registry>>>;
  readonly tenants?: Readonly<Record<string, Narrowing<Registry> & { readonly plan?: NamesIn<Registry, "plans"> }>>;
}

interface Choosing<Registry> extends Omit<Task, "models" | "difficulty" | "split"> {
  readonly models?: readonly NamesIn<Registry, "models">[];
  readonly difficulty?: NamesIn<Registry, "difficulties">;
  readonly split?: { readonly [Model in NamesIn<Registry, "models">]?: number };
}

interface Narrowing<Registry> extends Omit<TenantPlan, "models" | "deny" | "pins"> {
  readonly models?: readonly NamesIn<Registry, "models">[];
  readonly deny?: readonly NamesIn<Registry, "models">[];
  readonly pins?: { readonly [Task in NamesIn<Registry, "tasks">]?: NamesIn<Registry, "models"> };
}

import type { RegistryFile } from "../registry/schema.ts";
import type { Fitted } from "./fitted.ts";

/** What to change in a registry. Written over it key by key; all else stays as it is. */
export interface RegistryPatch {
  readonly models?: Readonly<Record<string, { readonly quality: Readonly<Record<string, number>> }>>;
  readonly tasks?: Readonly<Record<string, { readonly quality: number }>>;
  readonly difficulties?: Readonly<Record<string, number>>;
}

/** A registry with a patch written over it. A model's single figure becomes its `general` one. */
export const patched = (file: RegistryFile, patch: RegistryPatch): RegistryFile => {
  const models = Object.entries(file.models).map(([name, entry]) => {
    const quality = patch.models?.[name]?.quality;
    return [name, quality === undefined ? entry : { ...entry, quality: { ...byLabel(entry.quality), ...quality } }];
  });
  const tasks: Record<string, object> = { ...file.tasks };
  for (const [name, task] of Object.entries(patch.tasks ?? {})) tasks[name] = { ...tasks[name], ...task };
  const difficulties = { ...file.difficulties, ...patch.difficulties };
  return {
    ...file,
    models: Object.fromEntries(models),
    ...(Object.keys(tasks).length > 0 && { tasks }),
    ...(Object.keys(difficulties).length > 0 && { difficulties }),
  };
};

const byLabel = (quality: number | Readonly<Record<string, number>> | undefined): Readonly<Record<string, number>> =>
  typeof quality === "object" ? quality : quality === undefined ? {} : { general: quality };

/** The patch as YAML, each figure with where it comes from. */
export const patchYaml = (patch: RegistryPatch, groups: readonly Fitted[]): string => {
  const lines: string[] = [];
  const why = (group: string, model: string): string => {
    const found = groups.find(({ name }) => name === group)?.models.find((each) => each.model === model);
    return commented(found?.note);
  };
  if (patch.models !== undefined) lines.push("models:");
  for (const [name, { quality }] of Object.entries(patch.models ?? {})) {
    lines.push(`  ${key(name)}:`, "    quality:");
    for (const [label, figure] of Object.entries(quality))
      lines.push(`      ${key(label)}: ${figure}${why(label, name)}`);
  }
  const floorNote = (name: string): string => {
    const found = groups.find((group) => group.name === name || group.tasks.includes(name));
    return commented(found?.note);
  };
  if (patch.tasks !== undefined) lines.push("tasks:");
  for (const [name, { quality }] of Object.entries(patch.tasks ?? {})) {
    lines.push(`  ${key(name)}:${floorNote(name)}`, `    quality: ${quality}`);
  }
  if (patch.difficulties !== undefined) lines.push("difficulties:");
  for (const [name, floor] of Object.entries(patch.difficulties ?? {})) {
    lines.push(`  ${key(name)}: ${floor}${floorNote(name)}`);
  }
  return lines.length === 0 ? "{}\n" : `${lines.join("\n")}\n`;
};

/** On one line, whatever names are in it. */
const commented = (note: string | undefined): string =>
  note === undefined ? "" : `  # ${note.toWellFormed().replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ")}`;

/** Plain where YAML reads it as the same text; else in quotes, as JSON writes it. */
const key = (name: string): string =>
  /^[A-Za-z_][\w.-]*$/.test(name) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(name) ? name : JSON.stringify(name);

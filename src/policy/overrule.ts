/** `usual`, with what `own` says otherwise. A field that is `undefined` is the same as not there. */
export const overrule = (usual: object, own: object | undefined): Record<string, unknown> => {
  const joined: Record<string, unknown> = { ...usual, ...own };
  for (const [key, value] of Object.entries(usual)) if (joined[key] === undefined) joined[key] = value;
  return joined;
};

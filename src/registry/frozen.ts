/** Plain data that nobody can change any more, all the way down. */
export const frozen = <Data>(data: Data): Data => {
  if (typeof data !== "object" || data === null || Object.isFrozen(data)) return data;
  for (const part of Object.values(data)) frozen(part);
  return Object.freeze(data);
};

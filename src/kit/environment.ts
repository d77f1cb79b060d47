/**
 * Makes a vendor's client that does not see these variables of the environment. SDKs take headers, projects and addresses
 * from them that nobody asked for (a header that was meant for one host would go to all), and some cannot be told not to.
 */
export const withoutVariables = <Client>(names: readonly string[], make: () => Client): Client => {
  const hidden = names.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  for (const [name] of hidden) delete process.env[name];
  try {
    return make();
  } finally {
    for (const [name, value] of hidden) process.env[name] = value;
  }
};

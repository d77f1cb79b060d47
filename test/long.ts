/** Long runs (`npm run test:chaos`, and CI) try all of it; `npm test` a tenth, which is enough to see what was broken by hand. */
export const isLong: boolean = process.env["HEADGATE_LONG"] !== undefined;

export const share = (all: number): number => (isLong ? all : Math.ceil(all / 10));

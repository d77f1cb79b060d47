/** Where a command speaks. */
export interface Terminal {
  say(text: string): void;
  complain(text: string): void;
}

/** It was understood and could not be done. */
export class Failure extends Error {}

/** It was not understood. */
export class Usage extends Error {}

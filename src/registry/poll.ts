import type { Clock } from "../contract/index.ts";

/** Something that is done again and again. */
export interface Poll {
  /** Forgets the wait it is in and begins another. */
  restart(): void;
  end(): void;
}

/** Calls back after each wait; how long the next one is, is asked when it begins. Keeps no process alive. */
export const poll = (due: () => void, waitMs: () => number, { after }: Pick<Clock, "after">): Poll => {
  let cancel = (): void => {};
  const restart = (): void => {
    cancel();
    cancel = after(Math.min(Math.round(waitMs()), MAX_WAIT_MS), () => {
      restart();
      due();
    });
  };
  restart();
  return { restart, end: () => cancel() };
};

/** setTimeout fires at once beyond it. */
const MAX_WAIT_MS = 2_147_483_647;

/** State that another account cannot read is worth more than any speed: it counts as so many times the worst of it. */
export const ELSEWHERE = 2;

/** The most by which speed and state may raise a cost, as a share. */
export const raisedBy = (tieShare: number): number => tieShare * (1 + ELSEWHERE);

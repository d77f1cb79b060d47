import { expect, it } from "vitest";
import { excessOf, mostInWindow } from "./excess.ts";

const at = (...times: number[]) => times.map((atMs) => ({ atMs, amount: 1 }));

it("a window that holds one more than its burst and its share is seen, wherever it lies", () => {
  // A burst of two, and one a second.
  expect(excessOf(at(0, 0, 999, 1_999), 2, 60)).toBeLessThanOrEqual(0);
  expect(excessOf(at(0, 0, 990, 1_999), 2, 60)).toBeGreaterThan(0);
  expect(excessOf(at(0, 9_000, 9_000, 9_000, 60_000), 2, 60)).toBeGreaterThan(0.9);
  expect(excessOf(at(9_000, 60_000, 0, 9_000), 2, 60)).toBeLessThanOrEqual(0);
  // What was given back in it, or at its beginning, may be used again; what was before it, not.
  expect(excessOf(at(5_000, 5_000, 5_000), 2, 60, at(5_000))).toBeLessThanOrEqual(0);
  expect(excessOf(at(5_000, 5_000, 5_000), 2, 60, at(4_999))).toBeGreaterThan(0.9);
});

it("the most of any window is counted without what has just left it", () => {
  expect(mostInWindow(at(0, 10, 60_000), 60_000)).toBe(2);
  expect(mostInWindow(at(59_999, 10, 0), 60_000)).toBe(3);
});

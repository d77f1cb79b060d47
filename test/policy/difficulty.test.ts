/** The estimator that needs no model, on requests labelled by hand: what it takes for what, and where it errs. */
import type { Request } from "headgate";
import { difficultyEstimator, estimateDifficulty } from "headgate";
import { describe, expect, it } from "vitest";

/** Every second one was looked at while the weights were chosen; the others were not. */
const EASY = [
  "Translate to French: The meeting is at noon.",
  "Summarize this paragraph in one sentence: The gate was built in 1340 and has stood ever since.",
  "Classify the sentiment of this review: I loved the soup.",
  "Extract the email address from: write to bob at example.com",
  "What is the capital of Belgium?",
  "Rewrite this more politely: send me the file now",
  "Hello! Who are you?",
  "Give me a synonym for happy.",
  "Fix the spelling: teh gate is opne",
  "Convert 10 kilometres to miles.",
  "Write a headline for a bakery's opening.",
  "Capitalize the first letter of each word: the old oak gate",
  "List three colours of the rainbow.",
  "When was the printing press invented?",
  "Shorten this: We would like to kindly inform you that your parcel has arrived.",
  "Tag this ticket as billing, bug or other: I was charged twice.",
  "Who wrote Don Quixote?",
  "Turn these notes into bullet points: milk, eggs, bread",
  "Rephrase: the train was late because of snow",
  "Thank the customer for their order.",
  "What does the word ephemeral mean?",
  "Make a title for an article about tea.",
  "Is this message spam? You won a prize, click here",
  "Count the words in: one two three four",
  "Write a short birthday greeting for Anna.",
  "Name a city in Japan.",
  "Lowercase this: HELLO WORLD",
  "What language is this text in? Guten Morgen",
  "Reply that we are open from nine to five.",
  "Sort these names: Zoe, Adam, Mia",
];
const HARD = [
  "Prove that the sum of two odd functions is odd, and derive when their product is even.",
  "Design a rate limiter that is exact across processes. Compare token buckets with sliding windows and justify the trade-offs.",
  "Why does this deadlock? Two goroutines lock a then b and b then a. Propose a fix that keeps the invariant and must not change the API.",
  "Review this contract clause: liability is limited except for gross negligence. What are the implications if neither party insures, and which risk must we negotiate?",
  "Plan the migration of a 4 TB database with at most 5 minutes of downtime, assuming 200 writes a second. Evaluate each strategy.",
  "Estimate how many piano tuners work in Ghent. Reason step by step and state every assumption.",
  "Implement an algorithm that schedules 40 jobs on 3 machines to minimize lateness; analyse its complexity and prove the bound.",
  "Diagnose: p99 latency doubles every day at 02:00 but CPU stays at 30 %. List hypotheses and how to infer which is true.",
  "Derive the expected number of draws to see all 6 faces of a die, and the probability of needing more than 20.",
  "Refactor this function so that both callers share it without allocation: function f(a) { return a.map((x) => ({ ...x })).filter(Boolean); }",
  "Compare three ways to allocate the budget under these constraints: at least 20 % to safety, at most 50 % to growth, only one new hire. Which maximizes expected return?",
  "Find the contradiction between these two policies and reconcile them: every leaver loses access at once; unless the manager extends it, access ends after 30 days.",
  "Optimize this SQL query and explain why the planner chose a sequential scan: SELECT * FROM orders WHERE lower(email) = 'x' AND created > now() - interval '7 days';",
  "Given the patient's fever, rash and travel, give a differential diagnosis and justify the order; which test must come first?",
  "Simulate by hand what this program prints and why: let i = 0; const f = () => i++ + ++i; console.log(f(), f(), i);",
  "Critique this proof: all horses have the same colour by induction on n. Where does the reasoning fail?",
  "What strategy should a small team choose to enter a market with two incumbents? Evaluate the risk of each, and forecast the consequences after a year.",
  "Infer the type of the combinator (f) => (x) => f(f)(x) or prove that it has none.",
  "A race condition loses one in 10,000 writes. Design an experiment that exposes it without slowing production, and analyse its power.",
  "Architect an offline-first notes app: conflict resolution must be deterministic, every device eventually consistent. Justify CRDT or operational transformation.",
  "Evaluate the integral of x squared times e to the minus x from 0 to infinity, and derive the general formula.",
  "Find the vulnerability in this login flow and describe the exploit and its fix: token = md5(user + time); compare(token, given)",
  "How would you debug a memory leak that appears only under 64 concurrent streams? Give a plan with hypotheses, each with a test.",
  "Negotiate: draft a counter-offer that keeps exclusivity, at most 12 months, unless volume exceeds 1,000 units, and justify each clause.",
  "Allocate 12 nurses to 21 shifts so that nobody works more than 5 and every night has both a senior and a junior; prove it is possible or why not.",
  "Why is quicksort's expected complexity n log n? Derive the recurrence and solve it.",
  "Explain the root-cause of this outage from the timeline: 09:00 deploy, 09:05 cache flush, 09:07 retries triple, 09:09 database at 100 %. Which change prevents it?",
  "Is 1,000,003 prime?",
  "Write a regular expression that matches balanced parentheses up to depth 3, and prove that no regular expression can for every depth.",
  "Deduce who lies: A says B lies, B says C lies, C says both lie. Justify.",
];

const classify = difficultyEstimator({ easy: 0.2, medium: 0.3 });
const labelled = [
  ...EASY.map((prompt) => ({ prompt, label: "easy" })),
  ...HARD.map((prompt) => ({ prompt, label: "hard" })),
];

describe("the difficulty that is estimated from words", () => {
  it("takes few hard requests for easy ones, and most easy ones for what they are", () => {
    const table: Record<string, Record<string, number>> = { easy: {}, hard: {} };
    for (const [index, { prompt, label }] of labelled.entries()) {
      if (index % 2 === 0) continue;
      const said = classify({ prompt }) ?? "hard";
      const row = table[label] ?? {};
      row[said] = (row[said] ?? 0) + 1;
    }
    console.table(table);
    const [easy, hard] = [table["easy"] ?? {}, table["hard"] ?? {}];
    expect((hard["easy"] ?? 0) / (HARD.length / 2)).toBeLessThanOrEqual(0.15);
    expect((easy["easy"] ?? 0) / (EASY.length / 2)).toBeGreaterThanOrEqual(0.75);
  });

  it("is the same each time, between 0 and 1, whatever is asked", () => {
    const odd: readonly Request[] = [
      { prompt: "x" },
      { prompt: "why ".repeat(100_000) },
      { messages: [] },
      { messages: [{ role: "assistant", content: "why" }] },
      { prompt: "{}".repeat(50_000) },
      { prompt: "日本語".repeat(10_000) },
    ];
    for (const request of [...labelled, ...odd]) {
      const score = estimateDifficulty(request as Request);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
      expect(estimateDifficulty(request as Request)).toBe(score);
    }
  });

  it("asking for reasoning says that it is not easy", () => {
    expect(classify({ prompt: "Hello!" })).toBe("easy");
    expect(classify({ prompt: "Hello!", reasoning: { effort: "high" } })).toBeUndefined();
  });
});

import {
  GatewayError,
  type Lease,
  type LimitAction,
  type PlannedCall,
  type QuotaLevel,
  type Ranked,
  type Request,
} from "../contract/index.ts";
import { mostNanoUsd } from "../policy/most-cost.ts";
import { type Amounts, needOf } from "../quotas/amounts.ts";
import type { Fleet } from "../quotas/fleet.ts";
import { type Refusal, Refused } from "../quotas/refusal.ts";
import type { Ticket } from "../quotas/ticket.ts";
import { CallLease, freeLease } from "./lease.ts";
import { limitDetails, limitError, messageOf } from "./limit-error.ts";
import type { Blocked, LineOptions, WaitingLines } from "./waiting-lines.ts";

/** A level that did not let a call in. */
export class Over {
  readonly level: QuotaLevel;
  readonly refusal: Refusal;

  constructor(level: QuotaLevel, refusal: Refusal) {
    this.level = level;
    this.refusal = refusal;
  }
}

/** Lets calls in under all the quotas they are under, or under none of them. */
export class Admission {
  readonly #fleet: Fleet;
  readonly #lines: WaitingLines;
  readonly #uses: (level: QuotaLevel) => void;

  /** `uses` is told of each level that is asked. */
  constructor(fleet: Fleet, lines: WaitingLines, uses: (level: QuotaLevel) => void) {
    this.#fleet = fleet;
    this.#lines = lines;
    this.#uses = uses;
  }

  /** The call's lease, and its plan without what its budget cannot pay. */
  enter(call: PlannedCall): Admitted | Promise<Admitted> {
    const { levels, ranked, whenOver } = call.plan;
    const [first] = ranked;
    if (levels.length === 0 || first === undefined) return { lease: freeLease, ranked };
    const behind = this.#behind(call);
    if (behind !== undefined && whenOver !== "reject") return this.#inLine(call, first, behind, whenOver.queue);
    try {
      const tickets = this.#tickets(call, levels, amountsOf(call, first, "call"));
      if (!(tickets instanceof Promise)) return this.#admitted(call, tickets, ranked);
      return tickets.then(
        (given) => this.#admitted(call, given, ranked),
        (error: unknown) => this.#otherwise(call, error),
      );
    } catch (error) {
      return this.#otherwise(call, error);
    }
  }

  #admitted(call: PlannedCall, tickets: readonly Ticket[], ranked: readonly Ranked[]): Admitted {
    const { levels } = call.plan;
    const more = (next: Ranked): readonly Ticket[] | Promise<readonly Ticket[]> =>
      this.#toldIfOver(call, () => this.#tickets(call, levels, amountsOf(call, next, "attempt")));
    const lease = new CallLease(tickets, more);
    call.scope.onClose(() => lease.end());
    return { lease, ranked };
  }

  /** It did not fit: perhaps a cheaper target does, or it may wait; else it is refused. */
  async #otherwise(call: PlannedCall, error: unknown): Promise<Admitted> {
    if (!(error instanceof Over)) throw error;
    const { ranked, levels, whenOver } = call.plan;
    const cheaper = affordable(call, ranked, error.refusal);
    const [first] = cheaper;
    let over = error;
    if (first !== undefined) {
      try {
        return this.#admitted(call, await this.#tickets(call, levels, amountsOf(call, first, "call")), cheaper);
      } catch (again) {
        if (!(again instanceof Over)) throw again;
        over = again;
      }
    }
    const [best] = ranked;
    if (whenOver === "reject" || over.refusal.never || over.refusal.storeLost || best === undefined) {
      throw this.#refused(call, over);
    }
    return this.#inLine(call, best, blocked(call, over), whenOver.queue);
  }

  /** Waits for its turn; what comes of it is told. */
  async #inLine(call: PlannedCall, best: Ranked, why: Blocked, options: LineOptions): Promise<Admitted> {
    const { ranked, levels } = call.plan;
    const amounts = amountsOf(call, best, "call");
    call.scope.report({ type: "limited", action: "queued", details: limitDetails(why.scope, why.refusal) });
    try {
      const tickets = await this.#lines.wait<readonly Ticket[]>(call, why, options, {
        ask: () => this.#tickets(call, levels, amounts),
        blockedBy: (reason) => (reason instanceof Over ? blocked(call, reason) : undefined),
        giveBack: cancelAll,
      });
      return this.#admitted(call, tickets, ranked);
    } catch (error) {
      if (GatewayError.is(error, "limit_exceeded", "budget_exceeded", "queue_full")) {
        call.scope.report({ type: "limited", action: "refused", details: error.details });
      }
      throw error;
    }
  }

  /** Where others wait for one of its quotas already, a call that may wait stands behind them. */
  #behind({ request, plan }: PlannedCall): Blocked | undefined {
    if (plan.whenOver === "reject" || this.#lines.waiting === 0) return undefined;
    for (const level of plan.levels) {
      const standing = this.#lines.standing(level.key);
      if (standing !== undefined) return { ...standing, fairKey: fairKeyOf(request, level) };
    }
    return undefined;
  }

  /** From each level a ticket, outermost first; if one refuses, those before it are given back in reverse. */
  #tickets(
    call: PlannedCall,
    levels: readonly QuotaLevel[],
    amounts: Amounts,
  ): readonly Ticket[] | Promise<readonly Ticket[]> {
    const given: Ticket[] = [];
    for (const [index, level] of levels.entries()) {
      const ticket = attempt(given, level, () => this.#ask(level, amounts));
      if (ticket instanceof Promise) return this.#rest(call, levels, amounts, given, index, ticket);
      given.push(noted(call, level, ticket));
    }
    return given;
  }

  async #rest(
    call: PlannedCall,
    levels: readonly QuotaLevel[],
    amounts: Amounts,
    given: Ticket[],
    from: number,
    first: Promise<Ticket>,
  ): Promise<readonly Ticket[]> {
    for (let index = from; index < levels.length; index += 1) {
      const level = levels[index] as QuotaLevel;
      const pending = index === from ? first : attempt(given, level, () => this.#ask(level, amounts));
      try {
        given.push(noted(call, level, await pending));
      } catch (error) {
        throw undone(given, level, error);
      }
      // The caller may have gone meanwhile: nobody else would give it back.
      if (call.scope.outcome !== undefined) {
        undone(given, level, undefined);
        await call.scope.until(Promise.resolve());
      }
    }
    return given;
  }

  #ask(level: QuotaLevel, amounts: Amounts): Ticket | Promise<Ticket> {
    const holder = this.#fleet.of(level.key, level.template);
    this.#uses(level);
    return holder.admit(needOf(holder.accounts, amounts));
  }

  #toldIfOver<T>(call: PlannedCall, take: () => T | Promise<T>): T | Promise<T> {
    const refuse = (error: unknown): never => {
      throw error instanceof Over ? this.#refused(call, error) : error;
    };
    try {
      const taken = take();
      return taken instanceof Promise ? taken.catch(refuse) : taken;
    } catch (error) {
      return refuse(error);
    }
  }

  #refused(call: PlannedCall, over: Over): Error {
    tell(call, "refused", over);
    return limitError(over.level.scope, over.refusal);
  }
}

export interface Admitted {
  readonly lease: Lease;
  readonly ranked: readonly Ranked[];
}

/** Among all who share a limit, tenants take turns; within a tenant, its keys. */
const blocked = ({ request }: PlannedCall, { level, refusal }: Over): Blocked => {
  return { key: level.key, fairKey: fairKeyOf(request, level), scope: level.scope, refusal };
};

const fairKeyOf = ({ tenant, keyId }: Request, { scope }: QuotaLevel): string =>
  (scope.type === "organization" || scope.type === "tag" ? tenant : keyId) ?? "";

/** What the call itself and its first attempt need, or a further attempt alone. */
const amountsOf = (
  { request, embed }: PlannedCall,
  { target, inputTokens, outputTokens }: Ranked,
  of: "call" | "attempt",
): Amounts => ({
  requests: of === "call" ? 1 : 0,
  parallel: of === "call" ? 1 : 0,
  inputTokens,
  outputTokens: embed === undefined ? outputTokens : 0,
  nanoUsd: mostNanoUsd(target.model.cost, inputTokens, outputTokens, request.promptCache !== "off"),
});

/** Targets that what is left of a budget pays for, where the first was too dear for it. */
const affordable = (
  call: PlannedCall,
  ranked: readonly Ranked[],
  { template, cap, left, never }: Refusal,
): readonly Ranked[] => {
  if (template.measure !== "usd") return [];
  const most = never ? cap : left;
  return ranked.slice(1).filter((each) => {
    const cost = amountsOf(call, each, "attempt").nanoUsd;
    return cost !== undefined && cost <= most;
  });
};

const attempt = (given: readonly Ticket[], level: QuotaLevel, ask: () => Ticket | Promise<Ticket>) => {
  try {
    return ask();
  } catch (error) {
    throw undone(given, level, error);
  }
};

const cancelAll = (given: readonly Ticket[]): void => {
  for (const ticket of given.toReversed()) ticket.cancel();
};

const undone = (given: readonly Ticket[], level: QuotaLevel, error: unknown): unknown => {
  cancelAll(given);
  return error instanceof Refused ? new Over(level, error.refusal) : error;
};

/** A quota that does not enforce lets it in, and it is told. */
const noted = (call: PlannedCall, level: QuotaLevel, ticket: Ticket): Ticket => {
  if (ticket.over !== undefined) {
    const action = level.template.enforcement === "warn" ? "warned" : "shadowed";
    tell(call, action, new Over(level, ticket.over));
  }
  return ticket;
};

const tell = ({ scope }: PlannedCall, action: LimitAction, { level, refusal }: Over): void => {
  const details = limitDetails(level.scope, refusal);
  scope.report({ type: "limited", action, details });
  if (action === "warned") {
    scope.report({ type: "warned", warning: { code: "over_limit", message: messageOf(details, refusal.never) } });
  }
};

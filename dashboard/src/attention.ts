// Which rollouts a person should look at, and which of their signals.
import type { Finding, Rollout } from "./api/types";
import { num, timeOf } from "./format";
import { isTerminal } from "./words";

const LONG_AGO_MS = 24 * 3600_000;

export const decides = (finding: Finding): boolean => finding.action !== "ACTION_OBSERVE" && !finding.muted;

// Share of the way to stopping the rollout by itself.
export function towardsHarm(finding: Finding): number {
  if (finding.state === "FINDING_STATE_HARMFUL") return 1;
  const share = num(finding.harm_evidence) / num(finding.harm_bound);
  return Number.isFinite(share) ? Math.max(0, Math.min(1, share)) : 0;
}

export function towardsClear(finding: Finding): number {
  if (finding.state === "FINDING_STATE_CLEAR") return 1;
  const share = num(finding.clear_evidence) / num(finding.clear_bound);
  return Number.isFinite(share) ? Math.max(0, Math.min(1, share)) : 0;
}

// The most alarming first: what is harmful, then what is closest to it, then
// what proceed waits for.
export function byAlarm(findings: readonly Finding[]): Finding[] {
  const rank = (finding: Finding): number => {
    if (!decides(finding)) return -1;
    if (finding.state === "FINDING_STATE_HARMFUL") return 10;
    return towardsHarm(finding) * 3 + (finding.required ? 2 - towardsClear(finding) : 0);
  };
  return [...findings].sort((a, b) => rank(b) - rank(a));
}

// Why somebody should look, the worst reason first; empty when nobody needs to.
export function attention(rollout: Rollout, now: number): { weight: number; why: string } {
  const verdict = rollout.verdict;
  const none = { weight: 0, why: "" };
  if (verdict === undefined) return none;
  if (rollout.impediment !== "") return { weight: 6, why: "is not being judged" };
  if (isTerminal(verdict.state)) {
    if (now - timeOf(rollout.ended_at) > LONG_AGO_MS) return none;
    if (verdict.state === "ROLLOUT_STATE_HALTED") return { weight: 5, why: "halted; a person decides" };
    if (verdict.state === "ROLLOUT_STATE_ROLLED_BACK") return { weight: 4, why: "rolled back" };
    if (verdict.state === "ROLLOUT_STATE_UNDECIDED") return { weight: 4, why: "ended undecided" };
    return none;
  }
  if (verdict.findings.some((finding) => decides(finding) && towardsHarm(finding) >= 0.5)) {
    return { weight: 5, why: "more than half way to a stop" };
  }
  const problems = verdict.fairness?.problems ?? [];
  if (problems.some((problem) => problem.effect === "EFFECT_HALTS")) return { weight: 5, why: "about to halt" };
  if (problems.some((problem) => problem.effect === "EFFECT_BLOCKS_PROCEED" && !/^no traffic|warm-up/.test(problem.what))) {
    return { weight: 3, why: "cannot proceed" };
  }
  if (rollout.held) return { weight: 2, why: "is held" };
  return none;
}

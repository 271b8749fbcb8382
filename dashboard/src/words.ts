// States in words, with an icon and a tone; never a colour alone.
import type { Effect, FindingState, OverrideKind, RolloutState } from "./api/types";
import type { IconName } from "./parts/icon";

export type Tone = "good" | "bad" | "warn" | "busy" | "quiet";

export interface Word {
  text: string;
  icon: IconName;
  tone: Tone;
}

const STATES: Record<string, Word> = {
  ROLLOUT_STATE_PENDING: { text: "Pending", icon: "dots", tone: "quiet" },
  ROLLOUT_STATE_WARMING: { text: "Warming", icon: "dots", tone: "quiet" },
  ROLLOUT_STATE_OBSERVING: { text: "Observing", icon: "eye", tone: "busy" },
  ROLLOUT_STATE_PROCEED: { text: "Proceed", icon: "check", tone: "good" },
  ROLLOUT_STATE_HALTED: { text: "Halt", icon: "stop", tone: "warn" },
  ROLLOUT_STATE_ROLLED_BACK: { text: "Roll back", icon: "back", tone: "bad" },
  ROLLOUT_STATE_UNDECIDED: { text: "Undecided", icon: "question", tone: "warn" },
  ROLLOUT_STATE_ABORTED: { text: "Aborted", icon: "slash", tone: "quiet" },
  ROLLOUT_STATE_OVERRIDDEN: { text: "Overridden", icon: "person", tone: "warn" },
};

export function stateWord(state: RolloutState | undefined, decision?: RolloutState): Word {
  const word = STATES[state ?? ""] ?? { text: "Unknown", icon: "question", tone: "quiet" as const };
  if (state !== "ROLLOUT_STATE_OVERRIDDEN" || decision === undefined) return word;
  return { ...word, text: `Overridden: ${STATES[decision]?.text.toLowerCase() ?? "?"}` };
}

const FINDINGS: Record<string, Word> = {
  FINDING_STATE_HARMFUL: { text: "harmful", icon: "cross", tone: "bad" },
  FINDING_STATE_CLEAR: { text: "clear", icon: "check", tone: "good" },
  FINDING_STATE_UNDECIDED: { text: "undecided", icon: "question", tone: "busy" },
  FINDING_STATE_NO_DATA: { text: "no data", icon: "empty", tone: "warn" },
};

export const findingWord = (state: FindingState): Word =>
  FINDINGS[state] ?? { text: "unknown", icon: "question", tone: "quiet" };

const EFFECTS: Record<string, Word> = {
  EFFECT_NOTE: { text: "note", icon: "info", tone: "quiet" },
  EFFECT_BLOCKS_PROCEED: { text: "blocks proceed", icon: "stop", tone: "warn" },
  EFFECT_HALTS: { text: "halts", icon: "stop", tone: "bad" },
  EFFECT_DROPS_SIGNAL: { text: "signal dropped", icon: "slash", tone: "warn" },
};

export const effectWord = (effect: Effect): Word => EFFECTS[effect] ?? { text: "note", icon: "info", tone: "quiet" };

export const actionWord = (action: string): string =>
  ({ ACTION_ROLLBACK: "rolls back", ACTION_HALT: "halts", ACTION_OBSERVE: "only reports" })[action] ?? "–";

export const overrideWord = (kind: OverrideKind): string => kind.replace("OVERRIDE_KIND_", "").toLowerCase();
export const statusWord = (status: string): string =>
  status.replace("OVERRIDE_STATUS_", "").replace("_", " ").toLowerCase();

export const basisWord = (basis: string): string =>
  ({
    EVIDENCE_BASIS_COLD: "spread between hosts learned from these cohorts alone",
    EVIDENCE_BASIS_PROFILE: "the service's own history",
    EVIDENCE_BASIS_SAME_HOSTS: "the same hosts before the deploy",
    EVIDENCE_BASIS_PERMUTATION: "exact permutation of hosts",
  })[basis] ?? "–";

export const isTerminal = (state: RolloutState | undefined): boolean =>
  !["ROLLOUT_STATE_PENDING", "ROLLOUT_STATE_WARMING", "ROLLOUT_STATE_OBSERVING", undefined].includes(state);

// What would decide the rollout, and how far each of it is.
import type { Finding, Past, Rollout } from "../api/types";
import { decides, towardsClear } from "../attention";
import { clock, duration, num, percent, plural, seconds, timeOf } from "../format";
import { Icon } from "../parts/icon";
import { Link } from "../parts/link";
import { Meter } from "../parts/meter";
import { isTerminal } from "../words";

interface Condition {
  met: boolean;
  text: string;
  detail: string;
}

const deadline = (rollout: Rollout): number =>
  timeOf(rollout.created_at) + (seconds(rollout.plan?.observe?.max) + seconds(rollout.extended_by)) * 1000;

function blockers(rollout: Rollout): string[] {
  return (rollout.verdict?.fairness?.problems ?? [])
    .filter((problem) => problem.effect === "EFFECT_BLOCKS_PROCEED")
    .map((problem) => (problem.signals.length > 0 ? `${problem.signals.join(", ")}: ${problem.what}` : problem.what));
}

const awaited = (rollout: Rollout): Finding[] =>
  (rollout.verdict?.findings ?? []).filter((finding) => finding.required && decides(finding));

// How long both sides have been seen, about: the controller's own count leaves
// out gaps.
function observedSeconds(rollout: Rollout, past: Past | null): number | null {
  const first = past?.state.findIndex((state) => state === "ROLLOUT_STATE_OBSERVING") ?? -1;
  const from = past?.time_ms[first];
  return from === undefined ? null : Math.max(0, (timeOf(rollout.verdict?.as_of) - from) / 1000);
}

// One sentence: what is to happen before anything is decided.
export function nextDecision(rollout: Rollout, now: number): string {
  const state = rollout.verdict?.state;
  if (isTerminal(state) || rollout.impediment !== "") return "";
  const until = deadline(rollout);
  const end = `${clock(until).slice(0, 5)} (in ${duration((until - now) / 1000)})`;
  if (rollout.held) return "held: neither proceed nor undecided until it is resumed; a harmful signal still stops it.";
  if (state !== "ROLLOUT_STATE_OBSERVING") return `undecided at ${end} unless hosts of both sides are heard by then.`;
  const open = awaited(rollout).filter((finding) => finding.state !== "FINDING_STATE_CLEAR");
  const blocked = blockers(rollout).length;
  const parts = [
    ...(open.length > 0
      ? [`${open.map((finding) => finding.signal).join(" and ")} ${open.length === 1 ? "is" : "are"} shown clear`]
      : []),
    ...(blocked > 0 ? [blocked === 1 ? "what is wrong under fairness is gone" : "all that is wrong under fairness is gone"] : []),
  ];
  const waits = parts.length > 0 ? parts.join(", and ") : "the minimum window has passed";
  return `proceeds when ${waits}; undecided at ${end}.`;
}

function conditionsOf(rollout: Rollout, past: Past | null): Condition[] {
  const least = seconds(rollout.plan?.observe?.min);
  const observed = observedSeconds(rollout, past);
  const decided = rollout.verdict?.state === "ROLLOUT_STATE_PROCEED";
  const list: Condition[] = [
    {
      met: decided || (observed !== null && observed >= least),
      text: `watched for ${duration(least)}`,
      detail: observed === null ? "not begun" : duration(observed),
    },
  ];
  for (const finding of awaited(rollout)) {
    list.push({
      met: finding.state === "FINDING_STATE_CLEAR",
      text: `${finding.signal} shown within tolerance`,
      detail: finding.state === "FINDING_STATE_NO_DATA" ? "no data" : percent(towardsClear(finding)),
    });
  }
  const guard = rollout.verdict?.guard;
  if (guard !== undefined) {
    const text = "deploy scripts under the guard show what the plan asks";
    list.push({ met: guard.passed, text, detail: plural(guard.runs, "run") });
    for (const problem of guard.problems) list.push({ met: false, text: problem, detail: "guard" });
  }
  for (const blocker of blockers(rollout)) list.push({ met: false, text: blocker, detail: "blocks" });
  return list;
}

export function Conditions({ rollout, past, now }: { rollout: Rollout; past: Past | null; now: number }) {
  const verdict = rollout.verdict;
  if (verdict === undefined) return null;
  const harm = num(verdict.combined_evidence) / num(verdict.combined_bound);
  const opened = timeOf(rollout.created_at);
  const until = deadline(rollout);
  const ended = isTerminal(verdict.state);
  const at = ended ? timeOf(rollout.ended_at) : now;
  const muted = verdict.findings.filter((finding) => finding.muted).map((finding) => finding.signal);
  return (
    <section className="card">
      <h2>What decides</h2>
      <h3>Proceeds when all of these hold</h3>
      <ul className="conditions">
        {conditionsOf(rollout, past).map((condition) => (
          <li key={condition.text} className={condition.met ? "met" : "open"}>
            <Icon name={condition.met ? "check" : "empty"} />
            <span>
              {condition.text}
              <span className="hidden">{condition.met ? " (met)" : " (not met yet)"}</span>
            </span>
            <span className="condition-detail">{condition.detail}</span>
          </li>
        ))}
      </ul>
      {verdict.guard !== undefined && (
        <Link href={`/guard?deploy=${encodeURIComponent(rollout.plan?.guard?.deploy_id || rollout.name)}`}>
          Guarded runs of this deploy
        </Link>
      )}
      {muted.length > 0 && <p className="small">Muted, so decides nothing: {muted.join(", ")}.</p>}
      <h3>Stops when</h3>
      <Meter
        share={harm}
        tone="bad"
        label="all signals together"
        text={`evidence ${num(verdict.combined_evidence).toFixed(1)} of ${num(verdict.combined_bound).toFixed(1)}`}
      />
      <Meter
        share={num(verdict.budget_spent)}
        tone="quiet"
        label="budget spent"
        text={`${percent(verdict.budget_spent)} of the ${percent(rollout.plan?.budget?.false_stop, 1)} for false stops`}
      />
      <h3>Undecided when time is over</h3>
      <Meter
        share={(at - opened) / Math.max(1, until - opened)}
        tone="quiet"
        label="time"
        text={ended ? `took ${duration((at - opened) / 1000)}` : `${duration((until - at) / 1000)} left`}
      />
    </section>
  );
}

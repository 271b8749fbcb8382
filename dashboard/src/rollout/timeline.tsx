import type { ReactNode } from "react";
import type { Problem } from "../api/client";
import { pathOf } from "../api/client";
import type { Past, Rollout, RolloutEvent, RolloutState } from "../api/types";
import { clock, stamp, timeOf } from "../format";
import { Badge } from "../parts/badge";
import { Ago } from "../parts/time";
import { overrideWord, stateWord, type Word } from "../words";

interface Entry {
  id: string;
  time: number;
  word: Word;
  text: ReactNode;
}

const person = (text: string): Word => ({ text, icon: "person", tone: "warn" });

function entryOf(sequence: string, event: RolloutEvent): Entry | null {
  const base = { id: `event-${sequence}`, time: timeOf(event.time) };
  if (event.created !== undefined) {
    return { ...base, word: { text: "opened", icon: "info", tone: "quiet" }, text: "The rollout was opened." };
  }
  if (event.verdict_reached !== undefined) {
    const verdict = event.verdict_reached.verdict;
    return { ...base, word: stateWord(verdict?.state), text: verdict?.sentence };
  }
  if (event.stage_passed !== undefined) {
    return {
      ...base,
      word: { text: "stage passed", icon: "check", tone: "good" },
      text: `${event.stage_passed.stage}: ${event.stage_passed.verdict?.sentence ?? ""}`,
    };
  }
  if (event.aborted !== undefined) {
    return { ...base, word: stateWord("ROLLOUT_STATE_ABORTED"), text: event.aborted.reason };
  }
  const overridden = event.overridden;
  if (overridden !== undefined) {
    return {
      ...base,
      word: person(`override: ${overrideWord(overridden.kind)}${overridden.signal === "" ? "" : ` ${overridden.signal}`}`),
      text: `${overridden.author?.name ?? "?"}: ${overridden.reason}${overridden.expires_at === undefined ? "" : ` (until ${stamp(timeOf(overridden.expires_at))})`}`,
    };
  }
  const revoked = event.override_revoked;
  if (revoked !== undefined) {
    return {
      ...base,
      word: person(`override ${revoked.id} withdrawn`),
      text: `${revoked.author?.name ?? "?"}: ${revoked.reason}`,
    };
  }
  return null;
}

const BEGUN: Partial<Record<RolloutState, string>> = {
  ROLLOUT_STATE_WARMING: "Hosts of both sides are there.",
  ROLLOUT_STATE_OBSERVING: "Evidence accumulates.",
};

// States that are in no event, because the judge derives them.
function begun(past: Past): Entry[] {
  return past.state.flatMap((state, i) => {
    const text = BEGUN[state];
    const time = past.time_ms[i] ?? 0;
    if (text === undefined || past.state.indexOf(state) !== i) return [];
    return [{ id: `begun-${state}`, time, word: stateWord(state), text }];
  });
}

export function Timeline(props: { rollout: Rollout; past: Past | null; problem: Problem | null; now: number }) {
  const { rollout, past, problem, now } = props;
  const entries =
    past === null
      ? []
      : [...begun(past), ...past.events.flatMap(({ sequence, event }) => entryOf(sequence, event) ?? [])].sort(
          (a, b) => Math.round((b.time - a.time) / 1000),
        );
  return (
    <section className="card">
      <h2>
        Timeline <a href={pathOf("rollouts", rollout.name, "log")}>log as JSON</a>
      </h2>
      {past === null && problem !== null && <p className="small">The log cannot be read: {problem.message}.</p>}
      {past === null && problem === null && <p className="small">Reading the log …</p>}
      {past !== null && !past.complete && <p className="small">The log is long; this is its first part.</p>}
      <ol className="timeline">
        {entries.map((entry) => (
          <li key={entry.id} id={entry.id}>
            <a className="timeline-time" href={`#${entry.id}`} title={stamp(entry.time)}>
              {clock(entry.time)}
            </a>
            <div>
              <Badge word={entry.word} />{" "}
              <small>
                <Ago at={entry.time} now={now} />
              </small>
              <p>{entry.text}</p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

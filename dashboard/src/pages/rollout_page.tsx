import { useEffect, useState } from "react";
import { get, pathOf, Problem } from "../api/client";
import type { Past, Rollout } from "../api/types";
import { useGet } from "../api/use_get";
import { byAlarm } from "../attention";
import { Link } from "../parts/link";
import { Loading, Notice } from "../parts/notice";
import { useNow } from "../parts/time";
import { Cohorts } from "../rollout/cohorts";
import { Fairness } from "../rollout/fairness";
import { Latency } from "../rollout/latency";
import { OverrideDialog } from "../rollout/override_dialog";
import { Overrides } from "../rollout/overrides";
import { Conditions } from "../rollout/conditions";
import { Provenance } from "../rollout/provenance";
import { isQuiet, QuietPanel, SignalPanel } from "../rollout/signal_panel";
import { Timeline } from "../rollout/timeline";
import { VerdictBanner } from "../rollout/verdict_banner";
import { accept, useStore } from "../store";

const PAST_EVERY_MS = 240_000; // the stream carries five minutes

// A rollout that the stream has not told of: ended long ago, or not there.
function useRollout(name: string): { rollout: Rollout | undefined; problem: Problem | null } {
  const rollout = useStore((state) => state.rollouts.get(name));
  const loaded = useStore((state) => state.loaded);
  const [problem, setProblem] = useState<Problem | null>(null);
  const missing = loaded && rollout === undefined;
  useEffect(() => {
    if (!missing) return;
    get<Rollout>(pathOf("rollouts", name)).then(
      (found) => accept([found]),
      (failure: unknown) => failure instanceof Problem && setProblem(failure),
    );
  }, [missing, name]);
  return { rollout, problem };
}

function Panels({ rollout, past, now }: { rollout: Rollout; past: Past | null; now: number }) {
  const live = useStore((state) => state.live.get(rollout.name));
  const findings = byAlarm(rollout.verdict?.findings ?? []);
  if (findings.length === 0 || rollout.verdict?.as_of === undefined) {
    return (
      <Notice tone="quiet" icon="dots" title="Nothing has been compared yet">
        Panels appear when hosts of both sides report.
      </Notice>
    );
  }
  const quiet = findings.filter(isQuiet);
  return (
    <>
      <div className="panels">
        {findings
          .filter((finding) => !isQuiet(finding))
          .map((finding) => (
            <SignalPanel key={finding.signal} finding={finding} rollout={rollout} past={past} live={live} now={now} />
          ))}
      </div>
      {quiet.length > 0 && (
        <>
          <h3 className="section">Guards that have seen nothing</h3>
          <div className="panels">
            {quiet.map((finding) => (
              <QuietPanel key={finding.signal} finding={finding} rollout={rollout} past={past} live={live} now={now} />
            ))}
          </div>
        </>
      )}
    </>
  );
}

export function RolloutPage({ name }: { name: string }) {
  const { rollout, problem } = useRollout(name);
  const past = useGet<Past>(pathOf("rollouts", name, "past"), rollout?.revision, PAST_EVERY_MS);
  const [overriding, setOverriding] = useState(false);
  const now = useNow();
  if (rollout === undefined) {
    if (problem === null) return <Loading what={name} />;
    return (
      <Notice tone="warn" icon="question" title={problem.status === 404 ? "There is no such rollout" : problem.title}>
        {problem.detail} <Link href="/">All rollouts</Link>
      </Notice>
    );
  }
  return (
    <>
      <nav className="crumbs" aria-label="Where you are">
        <Link href="/">Rollouts</Link> / {rollout.plan?.service}
      </nav>
      <VerdictBanner rollout={rollout} now={now} override={() => setOverriding(true)} />
      <div className="halves">
        <Conditions rollout={rollout} past={past.value} now={now} />
        <Fairness rollout={rollout} />
      </div>
      <h2 className="section">Signals</h2>
      <Panels rollout={rollout} past={past.value} now={now} />
      <Latency buckets={past.value?.latency ?? []} finding={rollout.verdict?.findings.find((f) => f.signal === "http.latency")} />
      <Cohorts rollout={rollout} past={past.value} />
      <div className="halves">
        <Timeline rollout={rollout} past={past.value} problem={past.problem} now={now} />
        <div>
          <Overrides rollout={rollout} now={now} />
          <Provenance rollout={rollout} />
        </div>
      </div>
      {overriding && <OverrideDialog rollout={rollout} close={() => setOverriding(false)} />}
    </>
  );
}

import type { Finding, Label, Rollout } from "../api/types";
import { attention, byAlarm, decides, towardsHarm } from "../attention";
import { num, percent, timeOf } from "../format";
import { Badge } from "../parts/badge";
import { Icon } from "../parts/icon";
import { IntervalBar } from "../parts/interval_bar";
import { Link } from "../parts/link";
import { Ago } from "../parts/time";
import { rolloutHref } from "../router";
import { findingWord, isTerminal, stateWord } from "../words";

export const selector = (labels: Label[] | undefined): string =>
  (labels ?? []).map((label) => (label.name === "revision" ? label.value : `${label.name}=${label.value}`)).join(" ");

// The interval where there is one; else how far the signal is from a stop.
export function Effect({ finding }: { finding: Finding }) {
  const quantile = [...finding.quantiles].sort((a, b) => num(b.harm_evidence) - num(a.harm_evidence))[0];
  if (finding.state !== "FINDING_STATE_NO_DATA" && quantile !== undefined) {
    return (
      <IntervalBar
        low={quantile.ratio_low}
        value={quantile.ratio}
        high={quantile.ratio_high}
        margin={1}
        label={`${finding.signal} p${num(quantile.quantile) * 100}, slow requests`}
      />
    );
  }
  if (finding.state !== "FINDING_STATE_NO_DATA" && num(finding.ratio_high) < Infinity) {
    return (
      <IntervalBar
        low={finding.ratio_low}
        value={finding.ratio}
        high={finding.ratio_high}
        margin={finding.tolerate_ratio}
        label={finding.signal}
      />
    );
  }
  return <span className="to-stop">{percent(towardsHarm(finding))} of the way to a stop</span>;
}

function WorstSignal({ rollout }: { rollout: Rollout }) {
  const worst = byAlarm(rollout.verdict?.findings ?? [])[0];
  if (worst === undefined || !decides(worst) || worst.canary === undefined) return <div className="row-signal" />;
  const word = findingWord(worst.state);
  return (
    <div className="row-signal">
      <span className="row-signal-name">
        <span className={`tone-${word.tone}`}>
          <Icon name={word.icon} />
        </span>{" "}
        {worst.signal} <small>{word.text}</small>
      </span>
      {worst.state !== "FINDING_STATE_NO_DATA" && <Effect finding={worst} />}
    </div>
  );
}

export function RolloutRow({ rollout, now }: { rollout: Rollout; now: number }) {
  const { why } = attention(rollout, now);
  const verdict = rollout.verdict;
  const live = rollout.hosts.filter((host) => host.processes > 0);
  const heard = live.filter((host) => num(host.silent_seconds) < 10).length;
  const ended = isTerminal(verdict?.state);
  return (
    <article className={why === "" ? "row" : "row row-attention"}>
      <div className="row-verdict">
        <Badge word={stateWord(verdict?.state, rollout.decision)} />
        {rollout.held && <Badge word={{ text: "held", icon: "person", tone: "warn" }} />}
        {why !== "" && <span className="row-why">{why}</span>}
      </div>
      <div className="row-main">
        <h2>
          <Link className="row-link" href={rolloutHref(rollout.name)}>
            {rollout.name}
          </Link>
        </h2>
        <p className="row-what">
          <span>{rollout.plan?.service}</span>
          <span>
            <span className="of-baseline">{selector(rollout.plan?.baseline)}</span> →{" "}
            <span className="of-canary">{selector(rollout.plan?.canary)}</span>
          </span>
          {verdict !== undefined && verdict.stage !== "" && (
            <span>
              stage {verdict.stage} ({verdict.stages_passed.length + 1}/{rollout.plan?.stages.length})
            </span>
          )}
          {!ended && live.length > 0 && (
            <span>
              {heard}/{live.length} hosts heard
            </span>
          )}
          <span>
            {ended ? "ended " : "opened "}
            <Ago at={timeOf(ended ? rollout.ended_at : rollout.created_at)} now={now} />
          </span>
        </p>
        <p className="row-sentence">{rollout.impediment !== "" ? rollout.impediment : verdict?.sentence}</p>
      </div>
      <WorstSignal rollout={rollout} />
    </article>
  );
}

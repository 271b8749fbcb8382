import { useState } from "react";
import type { Finding, Past, Rollout } from "../api/types";
import { towardsClear, towardsHarm } from "../attention";
import { count, duration, level, micros, num, percent, perHour, plural, rate, ratio, timeOf } from "../format";
import type { Live } from "../live";
import { Badge } from "../parts/badge";
import { Icon } from "../parts/icon";
import { Meter } from "../parts/meter";
import { actionWord, basisWord, findingWord } from "../words";
import { ClassTable } from "./class_table";
import { EffectChart, viewsOf } from "./effect_chart";

function Counts({ finding }: { finding: Finding }) {
  const drift = finding.drift;
  return (
    <table className="counts">
      <thead>
        <tr>
          <td />
          <th scope="col">
            <span className="of-canary">canary</span>
          </th>
          <th scope="col">
            <span className="of-baseline">baseline</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {drift !== undefined && (
          <tr>
            <th scope="row">level</th>
            <td>{level(num(drift.canary_level), finding.exposure_unit)}</td>
            <td>{level(num(drift.baseline_level), finding.exposure_unit)}</td>
          </tr>
        )}
        {finding.quantiles.map((at) => (
          <tr key={String(at.quantile)}>
            <th scope="row">p{num(at.quantile) * 100}</th>
            <td>{micros(at.canary)}</td>
            <td>{micros(at.baseline)}</td>
          </tr>
        ))}
        {drift === undefined && finding.quantiles.length === 0 && (
          <>
            <tr>
              <th scope="row">events</th>
              <td>{count(finding.canary?.events)}</td>
              <td>{count(finding.baseline?.events)}</td>
            </tr>
            <tr>
              <th scope="row">per {finding.exposure_unit}</th>
              <td>{rate(finding.canary?.events, finding.canary?.exposure)}</td>
              <td>{rate(finding.baseline?.events, finding.baseline?.exposure)}</td>
            </tr>
          </>
        )}
        <tr>
          <th scope="row">{finding.exposure_unit === "request" ? "requests" : `${finding.exposure_unit}s`}</th>
          <td>{count(finding.canary?.exposure)}</td>
          <td>{count(finding.baseline?.exposure)}</td>
        </tr>
        <tr>
          <th scope="row">hosts</th>
          <td>{count(finding.canary?.hosts)}</td>
          <td>{count(finding.baseline?.hosts)}</td>
        </tr>
      </tbody>
    </table>
  );
}

// What the finding says, in a sentence with its numbers.
function effectSentence(finding: Finding): string {
  if (finding.state === "FINDING_STATE_NO_DATA") return finding.reason;
  const drift = finding.drift;
  if (drift !== undefined) {
    const unit = finding.exposure_unit;
    return `Grows ${perHour(drift.per_hour, unit)} faster than the baseline, between ${perHour(drift.low, unit)} and ${perHour(drift.high, unit)}; ${perHour(drift.tolerated, unit)} is tolerated.`;
  }
  if (finding.quantiles.length > 0) {
    return finding.quantiles
      .map((at) => `p${num(at.quantile) * 100} at ${ratio(num(at.canary) / num(at.baseline))} the baseline`)
      .join(", ")
      .concat(`; ${ratio(finding.tolerate_ratio)} is tolerated.`);
  }
  if (num(finding.ratio_high) === Infinity && num(finding.ratio_low) === 0) {
    return finding.required ? "The data allow any ratio yet." : "A guard: it can stop the rollout and no more.";
  }
  const orRate =
    num(finding.tolerate_absolute) > 0
      ? `, or ${percent(finding.tolerate_absolute, 2)} of ${finding.exposure_unit}s`
      : "";
  return `${ratio(finding.ratio)} the baseline, between ${ratio(finding.ratio_low)} and ${ratio(finding.ratio_high)}; ${ratio(finding.tolerate_ratio)} is tolerated${orRate}.`;
}

function notes(finding: Finding): string[] {
  const list: string[] = [];
  if (finding.reason !== "" && finding.state !== "FINDING_STATE_NO_DATA") list.push(finding.reason);
  const flip = num(finding.flip?.events);
  if (finding.flip !== undefined && flip !== 0) {
    const change = `${plural(Math.abs(flip), flip > 0 ? "more canary event" : "fewer canary event", flip > 0 ? "more canary events" : "fewer canary events")}`;
    list.push(`${change} would make it ${findingWord(finding.flip.to).text}.`);
  }
  if (finding.rests_on_host !== "") list.push(`Rests on host ${finding.rests_on_host} alone.`);
  list.push(`Evidence rests on ${basisWord(finding.basis)}.`);
  return list;
}

// A guard that has seen nothing, or what decides nothing: one line until opened.
export function isQuiet(finding: Finding): boolean {
  const seen = num(finding.canary?.events) > 0 && finding.quantiles.length === 0;
  return !finding.required && !seen && finding.state === "FINDING_STATE_UNDECIDED" && towardsHarm(finding) < 0.1;
}

export function QuietPanel(props: PanelProps) {
  const [open, setOpen] = useState(false);
  const { finding } = props;
  if (open) return <SignalPanel {...props} />;
  return (
    <section className="panel panel-quiet">
      <button className="twist" aria-expanded={false} onClick={() => setOpen(true)}>
        <Icon name="chevron" /> {finding.signal}
      </button>
      <span className="panel-role">
        {count(finding.canary?.events)} and {count(finding.baseline?.events)} in {count(finding.canary?.exposure)} and{" "}
        {count(finding.baseline?.exposure)} {finding.exposure_unit}s; {actionWord(finding.action)}
      </span>
    </section>
  );
}

interface PanelProps {
  finding: Finding;
  rollout: Rollout;
  past: Past | null;
  live: Live | undefined;
  now: number;
}

export function SignalPanel(props: PanelProps) {
  const { finding, rollout, past, live, now } = props;
  const views = viewsOf(finding);
  const [chosen, setChosen] = useState("");
  const [table, setTable] = useState(false);
  const view = views.find((candidate) => candidate.name === chosen) ?? views[0];
  const age = (now - timeOf(rollout.verdict?.as_of)) / 1000;
  const id = `signal-${finding.signal}`;
  return (
    <section className="panel" aria-labelledby={id}>
      <header>
        <h3 id={id}>{finding.signal}</h3>
        <Badge word={findingWord(finding.state)} />
        {finding.muted && <Badge word={{ text: "muted", icon: "mute", tone: "warn" }} />}
        <span className="panel-role">
          {actionWord(finding.action)}
          {finding.action !== "ACTION_OBSERVE" && (finding.required ? ", awaited by proceed" : ", never awaited")}
        </span>
      </header>
      <p className="panel-sentence">{effectSentence(finding)}</p>
      {finding.state === "FINDING_STATE_NO_DATA" && past === null ? null : (
        <>
          <div className="panel-tabs">
            <div role="group" aria-label="What to show">
              {views.map(({ name }) => (
                <button key={name} aria-pressed={name === view?.name} onClick={() => setChosen(name)}>
                  {name}
                </button>
              ))}
            </div>
            <button aria-pressed={table} onClick={() => setTable(!table)}>
              Table
            </button>
          </div>
          {view !== undefined && (
            <EffectChart finding={finding} view={view} past={past} live={live} table={table} />
          )}
        </>
      )}
      <div className="panel-facts">
        <div className="meters">
          <Meter
            share={towardsHarm(finding)}
            tone="bad"
            label="evidence of harm"
            text={`${num(finding.harm_evidence).toFixed(1)} of ${num(finding.harm_bound).toFixed(1)}`}
          />
          <Meter
            share={towardsClear(finding)}
            tone="good"
            label="evidence of no harm"
            text={
              finding.required
                ? `${num(finding.clear_evidence).toFixed(1)} of ${num(finding.clear_bound).toFixed(1)}`
                : "not asked for"
            }
          />
          <Meter
            share={num(finding.budget_spent)}
            tone="quiet"
            label="budget spent"
            text={`${percent(finding.budget_spent, 1)} of ${percent(finding.budget, 2)}`}
          />
        </div>
        <Counts finding={finding} />
      </div>
      <ul className="panel-notes">
        {notes(finding).map((note) => (
          <li key={note}>{note}</li>
        ))}
        {age > 15 && rollout.ended_at === undefined && (
          <li>
            <Icon name="info" /> As of {duration(age)} ago.
          </li>
        )}
      </ul>
      {finding.classes.length > 0 && <ClassTable finding={finding} />}
    </section>
  );
}

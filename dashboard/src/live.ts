// A rollout's judgements over time, as they arrive and as the log has them.
import type { Column, Double, Finding, Past, PastSignal, Rollout } from "./api/types";
import { num, timeOf } from "./format";

// Five minutes; what is older comes from the log.
const MOST = 300;

export interface Point {
  time: number; // ms
  findings: Finding[];
}

// What arrived while somebody watched. Immutable.
export class Live {
  constructor(readonly points: readonly Point[] = []) {}

  with(rollout: Rollout): Live {
    const verdict = rollout.verdict;
    const time = timeOf(verdict?.as_of);
    const last = this.points[this.points.length - 1];
    if (verdict === undefined || time === 0 || (last !== undefined && time <= last.time)) return this;
    return new Live([...this.points.slice(-MOST + 1), { time, findings: verdict.findings }]);
  }
}

// One line of a chart, and the band around it.
export interface Series {
  time: number[]; // seconds
  value: Column;
  low: Column;
  high: Column;
}

export type Measure = { kind: "ratio" } | { kind: "drift" } | { kind: "quantile"; index: number } | { kind: "evidence" };

const finite = (value: Double | undefined): number | null => {
  const number = num(value);
  return Number.isFinite(number) ? number : null;
};

function fromPast(signal: PastSignal, measure: Measure): Omit<Series, "time"> {
  switch (measure.kind) {
    case "ratio":
      return { value: signal.ratio, low: signal.low, high: signal.high };
    case "drift":
      return { value: signal.drift, low: signal.drift_low, high: signal.drift_high };
    case "quantile": {
      const at = signal.quantiles[measure.index];
      return { value: at?.ratio ?? [], low: at?.low ?? [], high: at?.high ?? [] };
    }
    case "evidence":
      return { value: signal.harm, low: signal.clear, high: [] };
  }
}

function fromFinding(finding: Finding, measure: Measure): [number | null, number | null, number | null] {
  if (finding.state === "FINDING_STATE_NO_DATA") return [null, null, null];
  switch (measure.kind) {
    case "ratio":
      return [finite(finding.ratio) || null, finite(finding.ratio_low), finite(finding.ratio_high)];
    case "drift":
      return [finite(finding.drift?.per_hour), finite(finding.drift?.low), finite(finding.drift?.high)];
    case "quantile": {
      const at = finding.quantiles[measure.index];
      return [finite(at?.ratio), finite(at?.ratio_low), finite(at?.ratio_high)];
    }
    case "evidence":
      return [finite(finding.harm_evidence), finite(finding.clear_evidence), null];
  }
}

export function seriesOf(name: string, measure: Measure, past: Past | null, live: Live | undefined): Series {
  const series: Series = { time: [], value: [], low: [], high: [] };
  const signal = past?.signals.find((candidate) => candidate.signal === name);
  let last = 0;
  if (past !== null && signal !== undefined) {
    const columns = fromPast(signal, measure);
    past.time_ms.forEach((time, i) => {
      series.time.push(time / 1000);
      series.value.push(columns.value[i] ?? null);
      series.low.push(columns.low[i] ?? null);
      series.high.push(columns.high[i] ?? null);
      last = time;
    });
  }
  for (const point of live?.points ?? []) {
    const finding = point.findings.find((candidate) => candidate.signal === name);
    if (point.time <= last || finding === undefined) continue;
    const [value, low, high] = fromFinding(finding, measure);
    series.time.push(point.time / 1000);
    series.value.push(value);
    series.low.push(low);
    series.high.push(high);
  }
  return series;
}

// One signal over time: its effect with the interval that holds at every
// moment, or its evidence on the way to the bounds.
import { useMemo } from "react";
import type { Finding, Past } from "../api/types";
import { clock, level, num, ratio, timeOf } from "../format";
import { seriesOf, type Live, type Measure, type Series } from "../live";
import { Chart, type Line } from "../parts/chart";

export interface View {
  name: string;
  measure: Measure;
}

export function viewsOf(finding: Finding): View[] {
  const evidence: View = { name: "Evidence", measure: { kind: "evidence" } };
  if (finding.drift !== undefined) return [{ name: "Growth", measure: { kind: "drift" } }, evidence];
  if (finding.quantiles.length > 0) {
    const views = finding.quantiles.map(
      (at, index): View => ({ name: `p${num(at.quantile) * 100}`, measure: { kind: "quantile", index } }),
    );
    return [...views.reverse(), evidence];
  }
  const none = !finding.required && num(finding.ratio_high) === Infinity && num(finding.ratio_low) === 0;
  return none ? [evidence] : [{ name: "Effect", measure: { kind: "ratio" } }, evidence];
}

const ROWS = 40;
const RATIOS = [0.0625, 0.125, 0.25, 0.5, 0.75, 1, 1.5, 2, 4, 8, 16];

interface Drawing {
  lines: Line[];
  band?: { from: number; to: number; colour: string };
  log: boolean;
  range?: [number, number];
  ySplits?: number[];
  text: (value: number) => string;
  note: string;
}

const fill = (series: Series, value: number): number[] => series.time.map(() => value);

// What an interval has no end for is drawn to the edge of the chart.
function clamp(column: (number | null)[], value: (number | null)[], low: number, high: number): (number | null)[] {
  return column.map((end, i) => {
    if (end === null) return value[i] === null ? null : high;
    return Math.min(high, Math.max(low, end));
  });
}

function ratioDrawing(series: Series, margin: number, note: string): Drawing {
  // The first moments allow everything; what is to be read are the later ones.
  const late = Math.floor(series.time.length / 4);
  const known = [series.value, series.low, series.high]
    .flatMap((column) => column.slice(late))
    .filter((v): v is number => v !== null && v > 0);
  const most = Math.max(margin * 1.2, ...known);
  const least = Math.min(...known);
  // In steps, so that the axis does not move every second.
  const top = [2, 4, 8].find((edge) => edge >= most) ?? 16;
  const bottom = [0.5, 0.25, 0.125].find((edge) => edge <= least) ?? 0.0625;
  return {
    log: true,
    range: [bottom, top],
    // Powers of two, and steps between them where there is room.
    ySplits: RATIOS.filter((at) => at >= bottom && at <= top && (top / bottom <= 16 || Number.isInteger(Math.log2(at)))),
    text: ratio,
    note,
    band: { from: 0, to: 1, colour: "--band" },
    lines: [
      { label: "up to", values: clamp(series.high, series.low, bottom, top), colour: "--canary-soft", width: 1 },
      { label: "from", values: clamp(series.low, series.low, bottom, top), colour: "--canary-soft", width: 1 },
      { label: "effect", values: series.value.map((v) => (v === null ? null : Math.min(top, Math.max(bottom, v)))), colour: "--canary", width: 2 },
      { label: "no difference", values: fill(series, 1), colour: "--baseline", width: 1 },
      { label: "tolerated", values: fill(series, margin), colour: "--bad", dash: [6, 4] },
    ],
  };
}

function drawingOf(finding: Finding, measure: Measure, series: Series): Drawing {
  switch (measure.kind) {
    case "ratio":
      return ratioDrawing(
        series,
        num(finding.tolerate_ratio),
        "Canary over baseline. The band holds at every moment: looking early is safe.",
      );
    case "quantile":
      return ratioDrawing(
        series,
        1,
        `Share of canary requests slower than ${ratio(finding.tolerate_ratio)} the baseline's quantile, over the baseline's own share beyond it: above 1× is more than tolerated.`,
      );
    case "drift":
      return {
        log: false,
        text: (value) => `${level(value, finding.exposure_unit)}/h`,
        note: "Growth beyond the baseline's, per hour. The band holds at every moment.",
        band: { from: 0, to: 1, colour: "--band" },
        lines: [
          { label: "up to", values: series.high, colour: "--canary-soft", width: 1 },
          { label: "from", values: series.low, colour: "--canary-soft", width: 1 },
          { label: "growth", values: series.value, colour: "--canary", width: 2 },
          { label: "none", values: fill(series, 0), colour: "--baseline", width: 1 },
          { label: "tolerated", values: fill(series, num(finding.drift?.tolerated)), colour: "--bad", dash: [6, 4] },
        ],
      };
    case "evidence": {
      const clear = finding.required
        ? [
            { label: "of no harm", values: series.low, colour: "--good", width: 2 },
            { label: "clear at", values: fill(series, num(finding.clear_bound)), colour: "--good", dash: [6, 4] },
          ]
        : [];
      return {
        log: false,
        text: (value) => value.toFixed(1),
        note: "Natural logarithms of e-values, on their way to the bounds (dashed).",
        lines: [
          { label: "of harm", values: series.value, colour: "--canary", width: 2 },
          { label: "harmful at", values: fill(series, num(finding.harm_bound)), colour: "--bad", dash: [6, 4] },
          ...clear,
        ],
      };
    }
  }
}

// When people decided something, or a stage was passed.
function marksOf(past: Past | null): number[] {
  return (past?.events ?? [])
    .filter(({ event }) => event.overridden ?? event.override_revoked ?? event.stage_passed)
    .map(({ event }) => timeOf(event.time) / 1000);
}

function SeriesTable({ drawing, series }: { drawing: Drawing; series: Series }) {
  const step = Math.max(1, Math.ceil(series.time.length / ROWS));
  const rows = series.time.map((_, i) => i).filter((i) => (series.time.length - 1 - i) % step === 0).reverse();
  return (
    <div className="series-table" tabIndex={0} role="region" aria-label="Values over time">
      <table>
        <thead>
          <tr>
            <th scope="col">time</th>
            {drawing.lines.map((line) => (
              <th scope="col" className="n" key={line.label}>
                {line.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((i) => (
            <tr key={series.time[i]}>
              <th scope="row">{clock((series.time[i] ?? 0) * 1000)}</th>
              {drawing.lines.map((line) => {
                const value = line.values[i];
                return (
                  <td className="n" key={line.label}>
                    {value === null || value === undefined ? "–" : drawing.text(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function EffectChart(props: { finding: Finding; view: View; past: Past | null; live: Live | undefined; table: boolean }) {
  const { finding, view, past, live, table } = props;
  const series = useMemo(
    () => seriesOf(finding.signal, view.measure, past, live),
    [finding.signal, view.name, past, live],
  );
  const drawing = drawingOf(finding, view.measure, series);
  const marks = useMemo(() => marksOf(past), [past]);
  if (series.time.length < 2) return <p className="small chart-empty">Nothing to draw yet.</p>;
  return (
    <>
      {table ? (
        <SeriesTable drawing={drawing} series={series} />
      ) : (
        <Chart
          label={`${finding.signal}, ${view.name} over time. ${drawing.note} The table has the same values.`}
          time={series.time}
          lines={drawing.lines}
          log={drawing.log}
          marks={marks}
          text={drawing.text}
          {...(drawing.band === undefined ? {} : { band: drawing.band })}
          {...(drawing.range === undefined ? {} : { range: drawing.range })}
          {...(drawing.ySplits === undefined ? {} : { ySplits: drawing.ySplits })}
        />
      )}
      <p className="chart-note">
        {drawing.note}
        {marks.length > 0 && " Upright lines: overrides and stages."}
      </p>
    </>
  );
}

import { useMemo, useState } from "react";
import type { Finding, LatencyBucket } from "../api/types";
import { count, micros, num, percent } from "../format";
import { Chart } from "../parts/chart";

interface Row {
  from: number;
  canary: number;
  baseline: number;
}

const RATIO = 1.189; // a fourth of an octave

const SPLITS = [1e2, 1e3, 1e4, 1e5, 1e6, 1e7].flatMap((ten) => [ten, 2 * ten, 5 * ten]);

// Neighbouring buckets together: what is a fine comb on the wire is a curve here.
function grouped(buckets: readonly LatencyBucket[]): Row[] {
  const rows: Row[] = [];
  for (const bucket of buckets) {
    const from = Math.max(1, num(bucket.from_us));
    const last = rows[rows.length - 1];
    if (last !== undefined && from < last.from * RATIO) {
      last.canary += num(bucket.canary);
      last.baseline += num(bucket.baseline);
    } else {
      rows.push({ from, canary: num(bucket.canary), baseline: num(bucket.baseline) });
    }
  }
  return rows;
}

// The raw distributions of request latency, side by side.
export function Latency({ buckets, finding }: { buckets: readonly LatencyBucket[]; finding: Finding | undefined }) {
  const [table, setTable] = useState(false);
  const rows = useMemo(() => grouped(buckets), [buckets]);
  const canary = rows.reduce((sum, row) => sum + row.canary, 0);
  const baseline = rows.reduce((sum, row) => sum + row.baseline, 0);
  if (rows.length < 3) return null;
  const share = (value: number, of: number): number => (of === 0 ? 0 : value / of);
  return (
    <section className="card latency">
      <div className="panel-tabs">
        <h2>
          Latency, as it was measured{" "}
          <small>
            <span className="of-canary">canary {count(canary)} requests</span>{" "}
            <span className="of-baseline">baseline {count(baseline)}</span>
          </small>
        </h2>
        <button aria-pressed={table} onClick={() => setTable(!table)}>
          Table
        </button>
      </div>
      {table ? (
        <div className="series-table" tabIndex={0} role="region" aria-label="Requests by latency">
          <table>
            <thead>
              <tr>
                <th scope="col">from</th>
                <th scope="col" className="n">canary</th>
                <th scope="col" className="n">share</th>
                <th scope="col" className="n">baseline</th>
                <th scope="col" className="n">share</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.from}>
                  <th scope="row">{micros(row.from)}</th>
                  <td className="n">{count(row.canary)}</td>
                  <td className="n">{percent(share(row.canary, canary), 2)}</td>
                  <td className="n">{count(row.baseline)}</td>
                  <td className="n">{percent(share(row.baseline, baseline), 2)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <Chart
          label="Share of requests by latency, canary and baseline. The table has the same values."
          x={rows.map((row) => row.from)}
          xText={micros}
          xSplits={SPLITS.filter((at) => at >= (rows[0]?.from ?? 0) && at <= (rows[rows.length - 1]?.from ?? 0))}
          height={170}
          stepped
          text={(value) => percent(value, value < 0.1 ? 1 : 0)}
          lines={[
            { label: "canary", values: rows.map((row) => share(row.canary, canary)), colour: "--canary", width: 2 },
            { label: "baseline", values: rows.map((row) => share(row.baseline, baseline)), colour: "--baseline", width: 2 },
          ]}
        />
      )}
      {finding !== undefined && finding.quantiles.length > 0 && (
        <p className="chart-note">
          {finding.quantiles
            .map((at) => `p${num(at.quantile) * 100}: canary ${micros(at.canary)}, baseline ${micros(at.baseline)}`)
            .join(" · ")}
        </p>
      )}
    </section>
  );
}

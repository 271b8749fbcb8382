// A ratio with its interval on a logarithmic axis: no difference at the thin
// line, the tolerance at the dashed one.
import { num, ratio } from "../format";
import type { Double } from "../api/types";

const SPAN = Math.log(4); // a quarter to fourfold; what lies beyond is cut with an arrow
const WIDTH = 120;
const x = (value: number): number => {
  const at = (Math.log(Math.max(value, 1e-9)) / SPAN + 1) / 2;
  return 4 + (WIDTH - 8) * Math.min(1, Math.max(0, at));
};

export function IntervalBar(props: { low: Double; value: Double; high: Double; margin: Double; label: string }) {
  const [low, value, high, margin] = [num(props.low), num(props.value), num(props.high), num(props.margin)];
  const beyond = low > margin;
  const within = high < margin;
  const text = `${props.label}: ${ratio(value)} of the baseline, between ${ratio(low)} and ${ratio(high)}; ${ratio(margin)} is tolerated`;
  return (
    <svg
      className={`interval ${beyond ? "tone-bad" : within ? "tone-good" : "tone-busy"}`}
      viewBox={`0 0 ${WIDTH} 20`}
      role="img"
      aria-label={text}
    >
      <title>{text}</title>
      <line className="axis" x1="2" x2={WIDTH - 2} y1="10" y2="10" />
      <line className="zero" x1={x(1)} x2={x(1)} y1="3" y2="17" />
      <line className="margin" x1={x(margin)} x2={x(margin)} y1="2" y2="18" />
      <rect className="band" x={x(low)} width={Math.max(2, x(high) - x(low))} y="7" height="6" rx="2" />
      {high > 4 && <path className="arrow" d={`M${WIDTH - 6} 6l5 4-5 4z`} />}
      {low < 0.25 && <path className="arrow" d="M6 6l-5 4 5 4z" />}
      {value > 0 && <circle className="point" cx={x(value)} cy="10" r="3.2" />}
    </svg>
  );
}

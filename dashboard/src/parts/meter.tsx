// How far something is on its way to a bound.
export function Meter(props: { share: number; label: string; tone: "bad" | "good" | "quiet"; text: string }) {
  const share = Math.min(1, Math.max(0, Number.isFinite(props.share) ? props.share : 0));
  return (
    <div className={`meter tone-${props.tone}`}>
      <span className="meter-label">{props.label}</span>
      <span
        className="meter-track"
        role="meter"
        aria-label={props.label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        aria-valuetext={props.text}
      >
        <span className="meter-fill" style={{ width: `${share * 100}%` }} />
      </span>
      <span className="meter-text">{props.text}</span>
    </div>
  );
}

import type { Rollout } from "../api/types";
import { count, percent, stamp, timeOf } from "../format";

// From what exactly the verdict was computed, and how to compute it again.
export function Provenance({ rollout }: { rollout: Rollout }) {
  const verdict = rollout.verdict;
  if (verdict === undefined) return null;
  return (
    <section className="card">
      <h2>How to check this</h2>
      <dl className="facts">
        <dt>as of</dt>
        <dd>{verdict.as_of === undefined ? "–" : stamp(timeOf(verdict.as_of))}</dd>
        <dt>digest of the inputs</dt>
        <dd className="digest">{verdict.input_digest || "–"}</dd>
        <dt>revision</dt>
        <dd>{count(rollout.revision)}</dd>
        <dt>wrong stops, wrong passes</dt>
        <dd>
          at most {percent(rollout.plan?.budget?.false_stop, 1)}, at most {percent(rollout.plan?.budget?.missed, 1)}
        </dd>
        {verdict.rests_on_host !== "" && (
          <>
            <dt>rests on host</dt>
            <dd>{verdict.rests_on_host}</dd>
          </>
        )}
        {verdict.flips_without.length > 0 && (
          <>
            <dt>not yet without any of</dt>
            <dd>{verdict.flips_without.join(", ")}</dd>
          </>
        )}
      </dl>
      <pre tabIndex={0} aria-label="Commands">
        haldane rollout explain {rollout.name}
        {"\n"}haldane audit verify {rollout.name}
      </pre>
    </section>
  );
}

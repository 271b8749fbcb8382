import type { Rollout } from "../api/types";
import { count, duration, num, ratio } from "../format";
import { Badge } from "../parts/badge";
import { Icon } from "../parts/icon";
import { effectWord } from "../words";

function Tile(props: { name: string; canary: string; baseline: string; odd: boolean; why: string }) {
  return (
    <div className={props.odd ? "tile tile-odd" : "tile"} title={props.why}>
      <span className="tile-name">
        {props.odd && <Icon name="info" />} {props.name}
      </span>
      <span className="tile-values">
        <span className="of-canary">{props.canary}</span>
        {props.baseline !== "" && <span className="of-baseline">{props.baseline}</span>}
      </span>
    </div>
  );
}

const uneven = (a: number, b: number, by: number): boolean =>
  a > 0 && b > 0 && Math.max(a / b, b / a) >= by;

// Whether like is compared with like.
export function Fairness({ rollout }: { rollout: Rollout }) {
  const fairness = rollout.verdict?.fairness;
  if (fairness === undefined) return <section className="card" />;
  const of = (cohort: string) => rollout.hosts.filter((host) => host.cohort === cohort);
  const sum = (cohort: string) => of(cohort).reduce((total, host) => total + num(host.requests), 0);
  const sources = [...new Set(rollout.hosts.map((host) => host.exception_source).filter((source) => source !== ""))];
  const silent = rollout.hosts.filter((host) => host.processes > 0 && num(host.silent_seconds) >= 10);
  const balance = num(fairness.traffic_balance);
  return (
    <section className="card">
      <h2>
        Fairness <small><span className="of-canary">canary</span> <span className="of-baseline">baseline</span></small>
      </h2>
      <div className="tiles">
        <Tile
          name="Hosts"
          canary={count(fairness.canary_hosts)}
          baseline={count(fairness.baseline_hosts)}
          odd={fairness.canary_hosts === 0 || fairness.baseline_hosts === 0}
          why="Live hosts that count"
        />
        <Tile
          name="Requests"
          canary={count(sum("COHORT_CANARY"))}
          baseline={count(sum("COHORT_BASELINE"))}
          odd={false}
          why="Since observation began"
        />
        <Tile
          name="Traffic per host"
          canary={balance > 0 ? ratio(balance) : "–"}
          baseline={balance > 0 ? "1×" : ""}
          odd={uneven(balance, 1, 1.5)}
          why="Requests per canary host over requests per baseline host"
        />
        <Tile
          name="Process age"
          canary={duration(num(fairness.canary_age_seconds))}
          baseline={duration(num(fairness.baseline_age_seconds))}
          odd={
            uneven(num(fairness.canary_age_seconds), num(fairness.baseline_age_seconds), 2) &&
            Math.min(num(fairness.canary_age_seconds), num(fairness.baseline_age_seconds)) < 600
          }
          why="Median age: young processes have cold caches"
        />
        <Tile
          name="Silent hosts"
          canary={count(silent.filter((host) => host.cohort === "COHORT_CANARY").length)}
          baseline={count(silent.filter((host) => host.cohort === "COHORT_BASELINE").length)}
          odd={silent.length > 0}
          why="Not heard of for ten seconds"
        />
        <Tile
          name="Exceptions counted by"
          canary={sources.length === 0 ? "–" : sources.join(", ")}
          baseline=""
          odd={sources.length > 1}
          why="Counts of different kinds of probe are not compared"
        />
      </div>
      {fairness.problems.length === 0 ? (
        <p className="small">
          <span className="tone-good">
            <Icon name="check" />
          </span>{" "}
          Nothing is wrong with the comparison.
        </p>
      ) : (
        <ul className="problems">
          {fairness.problems.map((problem) => (
            <li key={problem.what}>
              <Badge word={effectWord(problem.effect)} />
              <span>
                {problem.what}
                {problem.signals.length > 0 && <small> ({problem.signals.join(", ")})</small>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

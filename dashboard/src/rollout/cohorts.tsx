import { useState } from "react";
import type { HostView, Label, Past, PastProcess, Rollout } from "../api/types";
import { count, duration, num, plural, rate } from "../format";
import { Icon } from "../parts/icon";

const text = (labels: readonly Label[]): string => labels.map((label) => `${label.name}=${label.value}`).join(", ");

// Why a process is on the side that it is on.
function placement(process: PastProcess, rollout: Rollout): string {
  const { canary = [], baseline = [] } = rollout.plan ?? {};
  if (process.cohort === "canary") return `carries ${text(canary)}`;
  if (process.cohort === "baseline") return `carries ${text(baseline)}`;
  const others = process.labels.filter((label) => label.name !== "service");
  return `${text(others) || "no labels"}: neither side's, or both's`;
}

function stateOf(process: PastProcess): string {
  if (process.exited) return process.exit_signal > 0 ? `killed by signal ${process.exit_signal}` : "ended";
  if (!process.counting) return "not counted yet";
  return process.warm ? "counted" : "warming up";
}

function Processes({ processes, rollout }: { processes: PastProcess[]; rollout: Rollout }) {
  if (processes.length === 0) return <p className="small">No process of this host is in the log.</p>;
  return (
    <table className="inner">
      <thead>
        <tr>
          <th scope="col">pid</th>
          <th scope="col">state</th>
          <th scope="col">why here</th>
          <th scope="col" className="n">age</th>
          <th scope="col" className="n">requests</th>
          <th scope="col" className="n">exceptions</th>
          <th scope="col" className="n">5xx</th>
        </tr>
      </thead>
      <tbody>
        {processes.map((process) => (
          <tr key={`${process.pid} ${process.start_ns}`}>
            <th scope="row">{process.pid}</th>
            <td>{stateOf(process)}</td>
            <td title={text(process.labels)}>{placement(process, rollout)}</td>
            <td className="n">{duration(process.age_seconds)}</td>
            <td className="n">{count(process.requests)}</td>
            <td className="n">{count(process.exceptions)}</td>
            <td className="n">{count(process.http_5xx)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const COLUMNS = 7;

function Host({ host, processes, rollout }: { host: HostView; processes: PastProcess[]; rollout: Rollout }) {
  const [open, setOpen] = useState(false);
  const silent = num(host.silent_seconds);
  const gone = host.processes === 0;
  return (
    <>
      <tr>
        <th scope="row">
          <button className="twist" aria-expanded={open} onClick={() => setOpen(!open)}>
            <Icon name="chevron" /> {host.host}
          </button>
        </th>
        <td className="n">
          {host.processes}
          {host.warming > 0 && <small> ({host.warming} warming)</small>}
        </td>
        <td className="n">{count(host.requests)}</td>
        <td className="n">
          {count(host.exceptions)} <small>{rate(host.exceptions, host.requests)}</small>
        </td>
        <td className="n">
          {count(host.http_5xx)} <small>{rate(host.http_5xx, host.requests)}</small>
        </td>
        <td>{host.exception_source}</td>
        <td>
          {gone ? (
            "no live process"
          ) : silent >= 10 ? (
            <span className="tone-warn">
              <Icon name="info" /> silent for {duration(silent)}
            </span>
          ) : (
            "heard"
          )}
        </td>
      </tr>
      {open && (
        <tr className="opened">
          <td colSpan={COLUMNS}>
            <Processes processes={processes} rollout={rollout} />
          </td>
        </tr>
      )}
    </>
  );
}

function Cohort(props: { name: "canary" | "baseline"; rollout: Rollout; past: Past | null }) {
  const { name, rollout, past } = props;
  const wanted = name === "canary" ? "COHORT_CANARY" : "COHORT_BASELINE";
  const hosts = rollout.hosts.filter((host) => host.cohort === wanted);
  const selector = text((name === "canary" ? rollout.plan?.canary : rollout.plan?.baseline) ?? []);
  return (
    <div className="cohort">
      <h3>
        <span className={`of-${name}`}>{name}</span>{" "}
        <small>
          {plural(hosts.length, "host")} with processes that carry {selector}
        </small>
      </h3>
      {hosts.length > 0 && (
        <div className="scroll" tabIndex={0} role="region" aria-label={`Hosts of the ${name}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">host</th>
                <th scope="col" className="n">processes</th>
                <th scope="col" className="n">requests</th>
                <th scope="col" className="n">exceptions</th>
                <th scope="col" className="n">5xx</th>
                <th scope="col">counted by</th>
                <th scope="col">agent</th>
              </tr>
            </thead>
            <tbody>
              {hosts.map((host) => (
                <Host
                  key={host.host}
                  host={host}
                  rollout={rollout}
                  processes={(past?.processes ?? []).filter(
                    (process) => process.host === host.host && process.cohort === name,
                  )}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

export function Cohorts({ rollout, past }: { rollout: Rollout; past: Past | null }) {
  const strangers = (past?.processes ?? []).filter((process) => process.cohort === "none");
  return (
    <section className="card">
      <h2>Cohorts</h2>
      <Cohort name="canary" rollout={rollout} past={past} />
      <Cohort name="baseline" rollout={rollout} past={past} />
      {strangers.length > 0 && (
        <details>
          <summary>{plural(strangers.length, "process", "processes")} of the service compared with nothing</summary>
          <Processes processes={strangers} rollout={rollout} />
        </details>
      )}
      {(past?.processes_left_out ?? 0) > 0 && (
        <p className="small">{plural(past?.processes_left_out ?? 0, "process", "processes")} more not listed.</p>
      )}
    </section>
  );
}

import { useState } from "react";
import { pathOf } from "../api/client";
import type { FleetHost } from "../api/types";
import { useGet } from "../api/use_get";
import { count, duration, num } from "../format";
import { Badge } from "../parts/badge";
import { Icon } from "../parts/icon";
import type { Word } from "../words";

const CAUSES: Record<string, string> = {
  CAUSE_UNAVAILABLE: "not possible here",
  CAUSE_SHED: "shed to stay within the budget",
  CAUSE_SILENT_PROBE: "attached, does not fire",
  CAUSE_KILLED: "switched off",
  CAUSE_NOT_WANTED: "not asked for at present",
};

// Signals that somebody asks for and does not get.
const lacking = (host: FleetHost) => host.gaps.filter((gap) => gap.cause !== "CAUSE_NOT_WANTED");

const ofACore = (share: number) => `${(100 * share).toFixed(2)} % of a core`;

const SOURCES: Record<string, string> = {
  PROBE_SOURCE_USDT: "the USDT note ruby:raise",
  PROBE_SOURCE_SYMBOL: "a probe on rb_longjmp, found by symbol",
  PROBE_SOURCE_DISASSEMBLY: "a probe on rb_longjmp, recovered from machine code",
  PROBE_SOURCE_DEGRADED: "probes on exported functions, which may miss or double",
  PROBE_SOURCE_NONE: "no probe: none can be placed",
};

export function hostWord(host: FleetHost): Word {
  const silent = num(host.silent_seconds);
  if (!host.connected) return { text: `silent for ${duration(silent)}`, icon: "cross", tone: "bad" };
  const profile = host.compatibility?.profile;
  if (profile === "PROFILE_DISABLED") return { text: "sees nothing", icon: "slash", tone: "bad" };
  if (profile === "PROFILE_REDUCED" || lacking(host).length > 0) return { text: "reduced", icon: "info", tone: "warn" };
  return { text: "full", icon: "check", tone: "good" };
}

// What a list leaves out: what is missing and what to do about it.
function Detail({ host }: { host: string }) {
  const { value, problem } = useGet<FleetHost>(pathOf("fleet", host), "", 10_000);
  if (value === null) return <p className="small">{problem === null ? "Reading …" : problem.message}</p>;
  const missing = value.compatibility?.missing ?? [];
  const use = value.budget_use;
  return (
    <div className="host-detail">
      {value.exception_sources.length > 0 && (
        <p className="small">
          Exceptions are counted by {value.exception_sources.map((source) => SOURCES[source] ?? source).join(" and by ")}.
        </p>
      )}
      {use !== undefined && (
        <table className="inner">
          <thead>
            <tr>
              <th scope="col">probes</th>
              <th scope="col">attached</th>
              <th scope="col" className="n">
                {ofACore(num(use.core_share))} in all, {ofACore(num(use.core_budget))} allowed
              </th>
            </tr>
          </thead>
          <tbody>
            {use.groups.map((group) => (
              <tr key={group.name}>
                <th scope="row">{group.name}</th>
                <td>{group.attached ? "yes" : "no"}</td>
                <td className="n">{group.attached ? ofACore(num(group.core_share)) : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {missing.length === 0 && value.gaps.length === 0 && value.drops.length === 0 && (
        <p className="small">Every signal is counted and nothing was lost.</p>
      )}
      {missing.length > 0 && (
        <table className="inner">
          <thead>
            <tr>
              <th scope="col">missing</th>
              <th scope="col">what the kernel said</th>
              <th scope="col">what to do</th>
            </tr>
          </thead>
          <tbody>
            {missing.map((entry) => (
              <tr key={entry.capability}>
                <th scope="row">{entry.capability}</th>
                <td>{entry.reason}</td>
                <td>{entry.remedy}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {value.gaps.length > 0 && (
        <table className="inner">
          <thead>
            <tr>
              <th scope="col">signal not counted</th>
              <th scope="col">because</th>
              <th scope="col">detail</th>
            </tr>
          </thead>
          <tbody>
            {value.gaps.map((gap) => (
              <tr key={gap.signal}>
                <th scope="row">{gap.signal}</th>
                <td>{CAUSES[gap.cause] ?? "–"}</td>
                <td>{gap.detail}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {value.drops.length > 0 && (
        <table className="inner">
          <thead>
            <tr>
              <th scope="col">events lost at</th>
              <th scope="col" className="n">since the agent started</th>
            </tr>
          </thead>
          <tbody>
            {value.drops.map((drop) => (
              <tr key={drop.site}>
                <th scope="row">{drop.site}</th>
                <td className="n">{count(drop.count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

const COLUMNS = 9;

export function HostRow({ host }: { host: FleetHost }) {
  const [open, setOpen] = useState(false);
  const lost = host.drops.reduce((sum, drop) => sum + num(drop.count), 0);
  const silent = num(host.silent_seconds);
  return (
    <>
      <tr>
        <th scope="row">
          <button className="twist" aria-expanded={open} onClick={() => setOpen(!open)}>
            <Icon name="chevron" /> {host.host}
          </button>
        </th>
        <td>
          <Badge word={hostWord(host)} />
          {lacking(host).length > 0 && (
            <small> {lacking(host).map((gap) => gap.signal).join(", ")} not counted</small>
          )}
        </td>
        <td>{silent < 3 ? "now" : `${duration(silent)} ago`}</td>
        <td>{host.services.join(", ") || "–"}</td>
        <td className="n">
          {host.processes_counted}/{host.processes}
        </td>
        <td className="n">{host.budget_use === undefined ? "–" : ofACore(num(host.budget_use.core_share))}</td>
        <td className="n">{lost === 0 ? "0" : count(lost)}</td>
        <td>{host.compatibility?.kernel_release || "–"}</td>
        <td>{host.agent_version || "–"}</td>
      </tr>
      {open && (
        <tr className="opened">
          <td colSpan={COLUMNS}>
            <Detail host={host.host} />
          </td>
        </tr>
      )}
    </>
  );
}

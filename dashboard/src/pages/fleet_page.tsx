import { useState } from "react";
import type { FleetHost, FleetList, FleetSwitch } from "../api/types";
import { useGet } from "../api/use_get";
import { HostRow, hostWord } from "../fleet/host_row";
import { count, num, timeOf } from "../format";
import { Icon } from "../parts/icon";
import { Loading, Notice } from "../parts/notice";
import { ReasonDialog } from "../parts/reason_dialog";
import { Ago, useNow } from "../parts/time";
import { setFilter, useAddress } from "../router";
import { may, useStore } from "../store";

const EVERY_MS = 5000;

// Those that need somebody first.
const TONES = ["bad", "warn", "quiet", "busy", "good"];

const FACTS = [
  { name: "reporting", is: (host: FleetHost) => hostWord(host).tone === "good" },
  { name: "degraded", is: (host: FleetHost) => host.connected && hostWord(host).tone === "warn" },
  { name: "silent", is: (host: FleetHost) => hostWord(host).text.startsWith("silent") },
  { name: "losing events", is: (host: FleetHost) => host.drops.some((drop) => num(drop.count) > 0) },
];

function Switches({ switches, now, arm }: { switches: FleetSwitch[]; now: number; arm: (service: string) => void }) {
  const identity = useStore((state) => state.identity);
  return (
    <>
      {switches.map((entry) => (
        <Notice
          key={entry.service}
          tone="bad"
          icon="stop"
          title={entry.service === "" ? "Every probe on every host is off" : `Probes of ${entry.service} are off`}
        >
          {entry.by?.name}, <Ago at={timeOf(entry.since)} now={now} />: {entry.reason}{" "}
          {may(identity, "oncall", entry.service || undefined) && (
            <button onClick={() => arm(entry.service)}>Arm again …</button>
          )}
        </Notice>
      ))}
    </>
  );
}

export function FleetPage() {
  const fleet = useGet<FleetList>("/v1/fleet", "", EVERY_MS);
  const identity = useStore((state) => state.identity);
  const { searchParams } = useAddress();
  const now = useNow();
  const [doing, setDoing] = useState<{ kill: boolean; service: string } | null>(null);
  const service = searchParams.get("service") ?? "";
  const only = searchParams.get("only") ?? "";
  const hosts = fleet.value?.hosts ?? [];
  const services = [...new Set(hosts.flatMap((host) => host.services))].sort();
  const ofService = hosts.filter((host) => service === "" || host.services.includes(service));
  const fact = FACTS.find((candidate) => candidate.name === only);
  const shown = (fact === undefined ? ofService : ofService.filter(fact.is)).sort(
    (a, b) => TONES.indexOf(hostWord(a).tone) - TONES.indexOf(hostWord(b).tone) || (a.host < b.host ? -1 : 1),
  );
  const allowed = may(identity, "oncall", service || undefined) && (service !== "" || identity?.services.length === 0);
  return (
    <>
      <div className="page-head">
        <h1>Fleet</h1>
        <div className="filters">
          <div className="views" role="group" aria-label="Which hosts">
            <button aria-pressed={only === ""} onClick={() => setFilter("only", "")}>
              All<span className="views-count">{ofService.length}</span>
            </button>
            {FACTS.map(({ name, is }) => (
              <button key={name} aria-pressed={only === name} onClick={() => setFilter("only", name)}>
                {name}
                <span className="views-count">{ofService.filter(is).length}</span>
              </button>
            ))}
          </div>
          <select aria-label="Service" value={service} onChange={(change) => setFilter("service", change.target.value)}>
            <option value="">Every service</option>
            {services.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          <button className="danger" disabled={!allowed} onClick={() => setDoing({ kill: true, service })}>
            <Icon name="stop" /> {service === "" ? "Switch all probes off …" : `Switch probes of ${service} off …`}
          </button>
        </div>
      </div>
      {!allowed && identity !== null && (
        <p className="small">Switching probes needs the role oncall; you are {identity.principal?.role}.</p>
      )}
      {fleet.problem !== null && (
        <Notice tone="warn" icon="stop" title="The fleet cannot be read just now" live>
          {fleet.problem.message}
          {fleet.value !== null && "; below is how it was."}
        </Notice>
      )}
      {fleet.value === null && fleet.problem === null && <Loading what="the fleet" />}
      <Switches
        switches={fleet.value?.switches?.switches ?? []}
        now={now}
        arm={(of) => setDoing({ kill: false, service: of })}
      />
      {fleet.value !== null && hosts.length === 0 && (
        <Notice tone="quiet" icon="empty" title="No agent has reported within the hour">
          Start <code>haldane-agent</code> on a host; <code>haldane doctor</code> there says what it can see.
        </Notice>
      )}
      {shown.length > 0 && (
        <div className="scroll card" tabIndex={0} role="region" aria-label="Hosts">
          <table className="fleet">
            <thead>
              <tr>
                <th scope="col">host</th>
                <th scope="col">probes</th>
                <th scope="col">last heard</th>
                <th scope="col">services</th>
                <th scope="col" className="n">processes counted</th>
                <th scope="col" className="n">cost</th>
                <th scope="col" className="n">events lost</th>
                <th scope="col">kernel</th>
                <th scope="col">agent</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((host) => (
                <HostRow key={host.host} host={host} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {fleet.value !== null && <p className="small">{count(shown.length)} shown; read again every five seconds.</p>}
      {doing !== null && (
        <ReasonDialog
          title={`${doing.kill ? "Switch off" : "Arm"} ${doing.service === "" ? "every probe on every host" : `the probes of ${doing.service}`}`}
          explain={
            doing.kill
              ? "The probes are gone from connected hosts within a second, and stay off over restarts. Rollouts have no data then: they wait, and never proceed."
              : "Agents attach their probes again within seconds."
          }
          verb={doing.kill ? "Switch off" : "Arm"}
          path={doing.kill ? "/v1/fleet/kill" : "/v1/fleet/arm"}
          bodyOf={(reason) => ({ service: doing.service, reason })}
          done={fleet.again}
          close={() => setDoing(null)}
        />
      )}
    </>
  );
}

import { useEffect, useMemo, useRef, type RefObject } from "react";
import type { Rollout } from "../api/types";
import { attention } from "../attention";
import { timeOf } from "../format";
import { Loading, Notice } from "../parts/notice";
import { useNow } from "../parts/time";
import { setFilter, useAddress } from "../router";
import { RolloutRow } from "../rollout/rollout_row";
import { LATEST, useStore } from "../store";
import { isTerminal } from "../words";

const VIEWS = [
  { value: "", name: "All" },
  { value: "attention", name: "Needs attention" },
  { value: "running", name: "Running" },
  { value: "proceed", name: "Proceeded" },
  { value: "stopped", name: "Stopped" },
  { value: "undecided", name: "Undecided" },
  { value: "overridden", name: "Overridden" },
];

function isIn(view: string, rollout: Rollout, now: number): boolean {
  const state = rollout.verdict?.state;
  switch (view) {
    case "attention":
      return attention(rollout, now).weight > 0;
    case "running":
      return !isTerminal(state);
    case "proceed":
      return state === "ROLLOUT_STATE_PROCEED";
    case "stopped":
      return ["ROLLOUT_STATE_HALTED", "ROLLOUT_STATE_ROLLED_BACK", "ROLLOUT_STATE_ABORTED"].includes(state ?? "");
    case "undecided":
      return state === "ROLLOUT_STATE_UNDECIDED";
    case "overridden":
      return state === "ROLLOUT_STATE_OVERRIDDEN" || rollout.held;
    default:
      return true;
  }
}

function sorted(rollouts: Rollout[], now: number): Rollout[] {
  const rank = (rollout: Rollout): number =>
    attention(rollout, now).weight * 10 + (isTerminal(rollout.verdict?.state) ? 0 : 1);
  return rollouts.sort(
    (a, b) => rank(b) - rank(a) || timeOf(b.created_at) - timeOf(a.created_at) || (a.name < b.name ? -1 : 1),
  );
}

// j and k step through the rows, / searches; enter is the link's own.
function step(list: HTMLElement | null, by: number): void {
  const links = [...(list?.querySelectorAll<HTMLAnchorElement>("a.row-link") ?? [])];
  const at = links.findIndex((link) => link === document.activeElement);
  links[Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
}

function useKeys(list: RefObject<HTMLElement | null>, search: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const pressed = (key: KeyboardEvent): void => {
      if (key.ctrlKey || key.metaKey || key.altKey || document.querySelector("dialog[open]") !== null) return;
      if (key.target instanceof HTMLInputElement || key.target instanceof HTMLSelectElement) return;
      if (key.key === "j") step(list.current, 1);
      if (key.key === "k") step(list.current, -1);
      if (key.key === "/") {
        key.preventDefault();
        search.current?.focus();
      }
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [list, search]);
}

export function RolloutsPage() {
  const all = useStore((state) => state.rollouts);
  const loaded = useStore((state) => state.loaded);
  const refused = useStore((state) => state.connection.state === "refused");
  const { searchParams } = useAddress();
  const now = useNow();
  const list = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  useKeys(list, search);
  const view = searchParams.get("view") ?? "";
  const service = searchParams.get("service") ?? "";
  const text = searchParams.get("q") ?? "";
  const services = useMemo(
    () => [...new Set([...all.values()].map((rollout) => rollout.plan?.service ?? ""))].sort(),
    [all],
  );
  const chosen = [...all.values()].filter(
    (rollout) =>
      (service === "" || rollout.plan?.service === service) &&
      (text === "" || rollout.name.toLowerCase().includes(text.toLowerCase())),
  );
  const shown = sorted(
    chosen.filter((rollout) => isIn(view, rollout, now)),
    now,
  );

  return (
    <>
      <div className="page-head">
        <h1>Rollouts</h1>
        <div className="filters">
          <div className="views" role="group" aria-label="Which rollouts">
            {VIEWS.map(({ value, name }) => (
              <button key={value} aria-pressed={view === value} onClick={() => setFilter("view", value)}>
                {name}
                <span className="views-count">{chosen.filter((rollout) => isIn(value, rollout, now)).length}</span>
              </button>
            ))}
          </div>
          <select aria-label="Service" value={service} onChange={(change) => setFilter("service", change.target.value)}>
            <option value="">Every service</option>
            {services.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          <input
            type="search"
            ref={search}
            title="/ goes here, j and k go through the list"
            aria-label="Name"
            placeholder="Name"
            value={text}
            onChange={(change) => setFilter("q", change.target.value)}
          />
        </div>
      </div>
      {!loaded && !refused && <Loading what="rollouts" />}
      {loaded && all.size === 0 && (
        <Notice tone="quiet" icon="empty" title="No rollout has been opened yet">
          A pipeline opens one with <code>haldane gate --plan plan.yaml</code>; it is here the second it is.
        </Notice>
      )}
      {loaded && all.size > 0 && shown.length === 0 && (
        <Notice tone="quiet" icon="empty" title="No rollout is like that">
          <button className="as-link" onClick={() => ["view", "service", "q"].forEach((name) => setFilter(name, ""))}>
            Show all {all.size}
          </button>
        </Notice>
      )}
      <div className="rollouts" ref={list}>
        {shown.map((rollout) => (
          <RolloutRow key={rollout.name} rollout={rollout} now={now} />
        ))}
      </div>
      {all.size >= LATEST && (
        <p className="small">
          The latest {LATEST} and all that run; <code>haldane rollout list</code> has older ones.
        </p>
      )}
    </>
  );
}

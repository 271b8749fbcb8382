// Everything that is known of rollouts, kept true by one stream of events.
import { useSyncExternalStore } from "react";
import { get, type Problem } from "./api/client";
import { follow } from "./api/events";
import type { Identity, Rollout } from "./api/types";
import { Live } from "./live";
import { timeOf } from "./format";

// How many are read at first, the newest; what runs comes with the stream too.
export const LATEST = 300;

export interface Connection {
  state: "connecting" | "live" | "stale" | "refused";
  since: number; // ms
  why: string;
}

export interface State {
  connection: Connection;
  identity: Identity | null;
  loaded: boolean;
  rollouts: ReadonlyMap<string, Rollout>;
  // Judgements as they came in, for charts.
  live: ReadonlyMap<string, Live>;
}

let state: State = {
  connection: { state: "connecting", since: Date.now(), why: "" },
  identity: null,
  loaded: false,
  rollouts: new Map(),
  live: new Map(),
};
const listeners = new Set<() => void>();

function change(part: Partial<State>): void {
  state = { ...state, ...part };
  for (const listener of listeners) listener();
}

function connection(to: Connection["state"], why = ""): void {
  const now = state.connection;
  const since = now.state === to ? now.since : Date.now();
  if (now.state !== to || now.why !== why) change({ connection: { state: to, since, why } });
}

// A change that was made here is shown at once, not when the stream tells of it.
export function accept(rollouts: Rollout[]): void {
  const all = new Map(state.rollouts);
  const live = new Map(state.live);
  for (const rollout of rollouts) {
    const known = all.get(rollout.name);
    if (known !== undefined && isOlder(rollout, known)) continue;
    all.set(rollout.name, rollout);
    live.set(rollout.name, (live.get(rollout.name) ?? new Live()).with(rollout));
  }
  change({ rollouts: all, live });
}

// Every running rollout tells of itself once a second, all at about the same
// time: they are drawn together.
let arrived: Rollout[] = [];

function arrive(rollout: Rollout): void {
  if (arrived.length === 0) {
    setTimeout(() => {
      accept(arrived);
      arrived = [];
    }, 50);
  }
  arrived.push(rollout);
}

function isOlder(a: Rollout, b: Rollout): boolean {
  const byRevision = Number(a.revision) - Number(b.revision);
  return byRevision !== 0 ? byRevision < 0 : timeOf(a.verdict?.as_of) < timeOf(b.verdict?.as_of);
}

async function readAll(): Promise<void> {
  try {
    const [list, identity] = await Promise.all([
      get<{ rollouts: Rollout[] }>(`/v1/rollouts?limit=${LATEST}`),
      get<Identity>("/v1/identity"),
    ]);
    accept(list.rollouts);
    change({ loaded: true, identity });
  } catch {
    // The stream has the same trouble and says so.
  }
}

let stop: (() => void) | null = null;

// From now on, with the credential of this moment; what another one saw is
// forgotten.
export function start(): void {
  stop?.();
  arrived.length = 0;
  change({ identity: null, loaded: false, rollouts: new Map(), live: new Map() });
  stop = follow("/v1/events", {
    opened: () => {
      connection("live");
      void readAll();
    },
    event: (kind, data) => {
      if (kind === "rollout") arrive(JSON.parse(data) as Rollout);
      else if (kind === "missed") void readAll();
    },
    lost: (problem: Problem) => {
      const refused = problem.status === 401 || problem.status === 403;
      connection(refused ? "refused" : "stale", problem.message);
    },
  });
}

export function useStore<T>(select: (state: State) => T): T {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => select(state),
  );
}

const RANK: Record<string, number> = { viewer: 1, deployer: 2, oncall: 3, admin: 4 };

export function may(identity: Identity | null, role: "deployer" | "oncall", service?: string): boolean {
  if ((RANK[identity?.principal?.role ?? ""] ?? 0) < (RANK[role] ?? 9)) return false;
  const only = identity?.services ?? [];
  return only.length === 0 || service === undefined || only.includes(service);
}

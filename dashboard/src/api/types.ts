// What the controller says, as proto JSON: proto/haldane/v1/*.proto with their
// own names, every field present but messages that are unset, 64-bit numbers as
// strings. Only what the page shows.

export type RolloutState =
  | "ROLLOUT_STATE_UNSPECIFIED"
  | "ROLLOUT_STATE_PENDING"
  | "ROLLOUT_STATE_WARMING"
  | "ROLLOUT_STATE_OBSERVING"
  | "ROLLOUT_STATE_PROCEED"
  | "ROLLOUT_STATE_HALTED"
  | "ROLLOUT_STATE_ROLLED_BACK"
  | "ROLLOUT_STATE_UNDECIDED"
  | "ROLLOUT_STATE_ABORTED"
  | "ROLLOUT_STATE_OVERRIDDEN";

export type FindingState =
  | "FINDING_STATE_UNSPECIFIED"
  | "FINDING_STATE_HARMFUL"
  | "FINDING_STATE_CLEAR"
  | "FINDING_STATE_UNDECIDED"
  | "FINDING_STATE_NO_DATA";

export type Action = "ACTION_UNSPECIFIED" | "ACTION_ROLLBACK" | "ACTION_HALT" | "ACTION_OBSERVE";

export type Effect =
  | "EFFECT_UNSPECIFIED"
  | "EFFECT_NOTE"
  | "EFFECT_BLOCKS_PROCEED"
  | "EFFECT_HALTS"
  | "EFFECT_DROPS_SIGNAL";

// A double; what JSON has no number for is a word.
export type Double = number | "Infinity" | "-Infinity" | "NaN";

export interface Label {
  name: string;
  value: string;
}

export interface SignalPlan {
  name: string;
  tolerate_ratio: Double;
  tolerate_absolute?: Double;
  action: Action;
  weight: Double;
  required?: boolean;
  bad: string;
  quantiles: Double[];
}

export interface Stage {
  name: string;
  hosts: number;
  share: Double;
}

export interface Plan {
  rollout: string;
  service: string;
  canary: Label[];
  baseline: Label[];
  observe?: { min?: string; max?: string; warmup?: string };
  budget?: { false_stop: Double; missed: Double };
  signals: SignalPlan[];
  min_hosts: number;
  stages: Stage[];
  exposure: string;
  guard?: { deploy_id: string };
}

export interface CohortTotals {
  hosts: number;
  events: string;
  exposure: Double;
}

export interface QuantileFinding {
  quantile: Double;
  canary: Double;
  baseline: Double;
  threshold: Double;
  ratio: Double;
  ratio_low: Double;
  ratio_high: Double;
  harm_evidence: Double;
  clear_evidence: Double;
}

export interface Finding {
  signal: string;
  state: FindingState;
  reason: string;
  action: Action;
  canary?: CohortTotals;
  baseline?: CohortTotals;
  ratio: Double;
  ratio_low: Double;
  ratio_high: Double;
  tolerate_ratio: Double;
  harm_evidence: Double;
  harm_bound: Double;
  clear_evidence: Double;
  clear_bound: Double;
  classes: { name: string; canary: string; baseline: string }[];
  tolerate_absolute: Double;
  exposure_unit: string;
  cause: string;
  budget: Double;
  budget_spent: Double;
  basis: string;
  quantiles: QuantileFinding[];
  rests_on_host: string;
  flip?: { to: FindingState; events: string };
  required: boolean;
  drift?: {
    per_hour: Double;
    low: Double;
    high: Double;
    tolerated: Double;
    canary_level: Double;
    baseline_level: Double;
  };
  bad: string;
  muted: boolean;
}

export interface FairnessProblem {
  effect: Effect;
  what: string;
  signals: string[];
}

export interface Fairness {
  traffic_balance: Double;
  canary_age_seconds: Double;
  baseline_age_seconds: Double;
  canary_hosts: number;
  baseline_hosts: number;
  problems: FairnessProblem[];
}

export interface Verdict {
  state: RolloutState;
  sentence: string;
  findings: Finding[];
  combined_evidence: Double;
  combined_bound: Double;
  as_of?: string;
  input_digest: string;
  fairness?: Fairness;
  budget_spent: Double;
  rests_on_host: string;
  flips_without: string[];
  stage: string;
  stages_passed: string[];
  stage_clear: boolean;
  guard?: { passed: boolean; runs: number; running: number; problems: string[] };
}

export interface Principal {
  name: string;
  role: string;
  credential: string;
}

export type OverrideKind =
  | "OVERRIDE_KIND_UNSPECIFIED"
  | "OVERRIDE_KIND_PROCEED"
  | "OVERRIDE_KIND_ROLLBACK"
  | "OVERRIDE_KIND_HOLD"
  | "OVERRIDE_KIND_RESUME"
  | "OVERRIDE_KIND_EXTEND"
  | "OVERRIDE_KIND_MUTE";

export interface Revocation {
  id: string;
  reason: string;
  author?: Principal;
  time?: string;
}

export interface Override {
  rollout: string;
  id: string;
  kind: OverrideKind;
  signal: string;
  extend_by?: string;
  reason: string;
  author?: Principal;
  created_at?: string;
  expires_at?: string;
  status: string;
  revocation?: Revocation;
}

export interface HostView {
  host: string;
  cohort: "COHORT_UNSPECIFIED" | "COHORT_CANARY" | "COHORT_BASELINE";
  processes: number;
  warming: number;
  requests: string;
  exceptions: string;
  http_5xx: string;
  silent_seconds: Double;
  exception_source: string;
}

export interface Rollout {
  name: string;
  plan?: Plan;
  created_at?: string;
  ended_at?: string;
  verdict?: Verdict;
  hosts: HostView[];
  impediment: string;
  revision: string;
  overrides: Override[];
  decision: RolloutState;
  judged_state: RolloutState;
  extended_by?: string;
  held: boolean;
}

// One event of a log; one of the kinds is there.
export interface RolloutEvent {
  time?: string;
  created?: object;
  verdict_reached?: { verdict?: Verdict };
  stage_passed?: { stage: string; verdict?: Verdict };
  aborted?: { reason: string };
  overridden?: Override;
  override_revoked?: Revocation;
}

// GET /v1/rollouts/NAME/past. Arrays run beside time_ms; null is not known.
export type Column = (number | null)[];

export interface PastQuantile {
  quantile: number;
  canary: Column;
  baseline: Column;
  ratio: Column;
  low: Column;
  high: Column;
}

export interface PastSignal {
  signal: string;
  ratio: Column;
  low: Column;
  high: Column;
  harm: Column;
  clear: Column;
  spent: Column;
  drift: Column;
  drift_low: Column;
  drift_high: Column;
  quantiles: PastQuantile[];
}

export interface PastProcess {
  host: string;
  cohort: "canary" | "baseline" | "none";
  pid: number;
  start_ns: string;
  labels: Label[];
  age_seconds: number;
  exited: boolean;
  exit_signal: number;
  counting: boolean;
  warm: boolean;
  exception_source: string;
  requests: string;
  exceptions: string;
  http_5xx: string;
}

export interface LatencyBucket {
  from_us: string;
  to_us: string;
  canary: string;
  baseline: string;
}

export interface Past {
  rollout: string;
  sequence: string;
  complete: boolean;
  time_ms: number[];
  state: RolloutState[];
  combined: Column;
  budget_spent: Column;
  signals: PastSignal[];
  events: { sequence: string; event: RolloutEvent }[];
  processes: PastProcess[];
  processes_left_out: number;
  latency: LatencyBucket[];
}

export interface SignalGap {
  signal: string;
  cause: string;
  detail: string;
}

export interface FleetHost {
  host: string;
  agent_version: string;
  compatibility?: {
    profile: string;
    kernel_release: string;
    missing: { capability: string; reason: string; remedy: string }[];
  };
  silent_seconds: Double;
  connected: boolean;
  processes: number;
  processes_counted: number;
  services: string[];
  gaps: SignalGap[];
  drops: { site: string; count: string }[];
  budget_use?: {
    core_share: Double;
    core_budget: Double;
    groups: { name: string; attached: boolean; core_share: Double }[];
  };
  exception_sources: string[];
}

export interface FleetSwitch {
  service: string;
  reason: string;
  by?: Principal;
  since?: string;
}

export interface FleetList {
  hosts: FleetHost[];
  switches?: { switches: FleetSwitch[] };
}

export interface Identity {
  principal?: Principal;
  services: string[];
}

export interface GuardFinding {
  id: string;
  kind: string;
  action: string;
  name: string;
  rule: string;
  reason: string;
  owner: string;
  command: string;
  place: string;
  ancestry: string[];
  count: string;
  waived: boolean;
}

export interface GuardFindingOverHosts {
  finding?: GuardFinding;
  hosts: string[];
  runs: number;
  last_at?: string;
}

export interface GuardRun {
  run_id: string;
  host: string;
  deploy_id: string;
  step: string;
  service: string;
  policy: string;
  enforcing: boolean;
  rollback: boolean;
  state: string;
  started_at?: string;
  ended_at?: string;
  exit_code: number;
  counts?: {
    blocked_domains: string;
    would_block_domains: string;
    new_domains: string;
    has_baseline: boolean;
    unattributed: string;
    audit_complete: boolean;
  };
  failure: string;
  received_at?: string;
}

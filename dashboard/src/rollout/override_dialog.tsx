import { useState } from "react";
import { pathOf, post, Problem } from "../api/client";
import type { OverrideKind, Rollout } from "../api/types";
import { decides } from "../attention";
import { Dialog } from "../parts/dialog";
import { Refused } from "../parts/reason_dialog";
import { accept } from "../store";
import { isTerminal } from "../words";

interface Choice {
  kind: OverrideKind;
  name: string;
  effect: string;
  ends: "never" | "hour" | "none"; // by default; none: does not expire
  running: boolean; // only while nothing is decided
}

const CHOICES: Choice[] = [
  {
    kind: "OVERRIDE_KIND_PROCEED",
    name: "Proceed",
    effect: "The pipeline goes on, whatever the judge says. Never counted as a pass.",
    ends: "never",
    running: false,
  },
  {
    kind: "OVERRIDE_KIND_ROLLBACK",
    name: "Roll back",
    effect: "The pipeline goes back to the baseline, whatever the judge says.",
    ends: "never",
    running: false,
  },
  {
    kind: "OVERRIDE_KIND_HOLD",
    name: "Hold",
    effect: "Neither proceed nor undecided for a while; a harmful signal still stops it.",
    ends: "hour",
    running: true,
  },
  { kind: "OVERRIDE_KIND_RESUME", name: "Resume", effect: "Ends every hold.", ends: "none", running: true },
  {
    kind: "OVERRIDE_KIND_EXTEND",
    name: "Extend",
    effect: "More time before it is undecided.",
    ends: "none",
    running: true,
  },
  {
    kind: "OVERRIDE_KIND_MUTE",
    name: "Mute a signal",
    effect: "One signal decides nothing and is still shown.",
    ends: "never",
    running: true,
  },
];

const SPANS = [
  { value: "", name: "for good" },
  { value: "1800s", name: "for 30 minutes" },
  { value: "3600s", name: "for an hour" },
  { value: "14400s", name: "for 4 hours" },
  { value: "86400s", name: "for a day" },
];

// Makes a repeated click harmless.
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function OverrideDialog({ rollout, close }: { rollout: Rollout; close: () => void }) {
  const ended = isTerminal(rollout.verdict?.state);
  const choices = CHOICES.filter(
    (choice) => !(choice.running && ended) && (choice.kind !== "OVERRIDE_KIND_RESUME" || rollout.held),
  );
  const signals = (rollout.verdict?.findings ?? []).filter(decides).map((finding) => finding.signal);
  const [kind, setKind] = useState<OverrideKind>("OVERRIDE_KIND_UNSPECIFIED");
  const [signal, setSignal] = useState(signals[0] ?? "");
  const [span, setSpan] = useState("");
  const [more, setMore] = useState("1800s");
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [key] = useState(newKey);
  // What the person saw when they began to decide.
  const [revision] = useState(rollout.revision);
  const choice = choices.find((candidate) => candidate.kind === kind);

  async function submit(): Promise<void> {
    if (choice === undefined) return;
    setBusy(true);
    const body: Record<string, string> = {
      kind,
      reason: reason.trim(),
      idempotency_key: key,
      expected_revision: revision,
    };
    if (kind === "OVERRIDE_KIND_MUTE") body["signal"] = signal;
    if (kind === "OVERRIDE_KIND_EXTEND") body["extend_by"] = more;
    if (choice.ends !== "none" && span !== "") body["expires_in"] = span;
    try {
      const answer = await post<{ rollout: Rollout }>(pathOf("rollouts", rollout.name, "overrides"), body);
      accept([answer.rollout]);
      close();
    } catch (failure) {
      setProblem(failure instanceof Problem ? failure : new Problem(0, "Failed", String(failure)));
      setBusy(false);
    }
  }

  return (
    <Dialog title={`Override ${rollout.name}`} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <fieldset className="choices">
          <legend>What is to be done</legend>
          {choices.map((option) => (
            <label key={option.kind} className="choice">
              <input
                type="radio"
                name="kind"
                checked={kind === option.kind}
                onChange={() => {
                  setKind(option.kind);
                  setSpan(option.ends === "hour" ? "3600s" : "");
                }}
              />
              <span>
                <strong>{option.name}</strong> <small>{option.effect}</small>
              </span>
            </label>
          ))}
        </fieldset>
        {kind === "OVERRIDE_KIND_MUTE" && (
          <label>
            Signal
            <select value={signal} onChange={(change) => setSignal(change.target.value)}>
              {signals.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        {kind === "OVERRIDE_KIND_EXTEND" && (
          <label>
            By
            <select value={more} onChange={(change) => setMore(change.target.value)}>
              <option value="600s">10 minutes</option>
              <option value="1800s">30 minutes</option>
              <option value="3600s">an hour</option>
              <option value="14400s">4 hours</option>
            </select>
          </label>
        )}
        {choice !== undefined && choice.ends !== "none" && (
          <label>
            How long
            <select value={span} onChange={(change) => setSpan(change.target.value)}>
              {SPANS.filter((option) => option.value !== "" || choice.ends === "never").map((option) => (
                <option key={option.value} value={option.value}>
                  {option.name}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          Why (required; goes into the log with your name)
          <textarea required maxLength={500} rows={3} value={reason} onChange={(e) => setReason(e.target.value)} />
        </label>
        {problem !== null && <Refused problem={problem} />}
        {rollout.revision !== revision && (
          <p className="small">
            The rollout has changed since this was opened. Close it and look again before you decide.
          </p>
        )}
        <div className="buttons">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={busy || choice === undefined || reason.trim() === ""}>
            {choice === undefined ? "Choose above" : `${choice.name} now`}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

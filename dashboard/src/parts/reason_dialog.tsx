import { useState } from "react";
import { post, Problem } from "../api/client";
import { Dialog } from "./dialog";
import { Notice } from "./notice";

export function Refused({ problem }: { problem: Problem }) {
  return (
    <Notice
      tone="bad"
      icon="slash"
      title={problem.status === 403 ? "You are not allowed to" : problem.status === 0 ? "No answer" : "Refused"}
      live
    >
      {problem.message}
    </Notice>
  );
}

// Asks why, and does it.
export function ReasonDialog<T>(props: {
  title: string;
  explain: string;
  verb: string;
  path: string;
  bodyOf: (reason: string) => unknown;
  done: (answer: T) => void;
  close: () => void;
}) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  async function submit(): Promise<void> {
    setBusy(true);
    try {
      props.done(await post<T>(props.path, props.bodyOf(reason.trim())));
      props.close();
    } catch (failure) {
      setProblem(failure instanceof Problem ? failure : new Problem(0, "Failed", String(failure)));
      setBusy(false);
    }
  }
  return (
    <Dialog title={props.title} close={props.close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <p>{props.explain}</p>
        <label>
          Why (goes into the log)
          <textarea required maxLength={500} rows={2} value={reason} onChange={(e) => setReason(e.target.value)} />
        </label>
        {problem !== null && <Refused problem={problem} />}
        <div className="buttons">
          <button type="button" onClick={props.close}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={busy || reason.trim() === ""}>
            {props.verb}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

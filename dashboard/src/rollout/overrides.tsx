import { useState } from "react";
import { pathOf } from "../api/client";
import type { Override, Rollout } from "../api/types";
import { stamp, timeOf } from "../format";
import { Ago } from "../parts/time";
import { accept, may, useStore } from "../store";
import { overrideWord, statusWord } from "../words";
import { ReasonDialog } from "../parts/reason_dialog";


export function Overrides({ rollout, now }: { rollout: Rollout; now: number }) {
  const identity = useStore((state) => state.identity);
  const [revoking, setRevoking] = useState<Override | null>(null);
  if (rollout.overrides.length === 0) return null;
  const allowed = may(identity, "oncall", rollout.plan?.service);
  return (
    <section className="card">
      <h2>Overrides</h2>
      <ul className="overrides">
        {[...rollout.overrides].reverse().map((override) => (
          <li key={override.id}>
            <strong>
              {overrideWord(override.kind)} {override.signal}
            </strong>{" "}
            <small>
              {statusWord(override.status)}
              {override.expires_at !== undefined && override.status === "OVERRIDE_STATUS_IN_EFFECT" && (
                <> until {stamp(timeOf(override.expires_at))}</>
              )}
            </small>
            <p>{override.reason}</p>
            <small>
              {override.author?.name} ({override.author?.role}), <Ago at={timeOf(override.created_at)} now={now} />
              {override.revocation !== undefined && (
                <>
                  ; withdrawn by {override.revocation.author?.name}: {override.revocation.reason}
                </>
              )}
            </small>
            {allowed && override.status === "OVERRIDE_STATUS_IN_EFFECT" && (
              <button onClick={() => setRevoking(override)}>Withdraw …</button>
            )}
          </li>
        ))}
      </ul>
      {revoking !== null && (
        <ReasonDialog<{ rollout: Rollout }>
          title={`Withdraw override ${revoking.id} (${overrideWord(revoking.kind)})`}
          explain="What the judge says holds again."
          verb="Withdraw"
          path={pathOf("rollouts", rollout.name, "overrides", revoking.id, "revoke")}
          bodyOf={(reason) => ({ reason, expected_revision: rollout.revision })}
          done={(answer) => accept([answer.rollout])}
          close={() => setRevoking(null)}
        />
      )}
    </section>
  );
}

import type { Rollout } from "../api/types";
import { timeOf } from "../format";
import { Badge } from "../parts/badge";
import { Icon } from "../parts/icon";
import { Notice } from "../parts/notice";
import { Ago } from "../parts/time";
import { may, useStore } from "../store";
import { isTerminal, stateWord } from "../words";
import { nextDecision } from "./conditions";
import { selector } from "./rollout_row";

export function VerdictBanner(props: { rollout: Rollout; now: number; override: () => void }) {
  const { rollout, now } = props;
  const identity = useStore((state) => state.identity);
  const verdict = rollout.verdict;
  const word = stateWord(verdict?.state, rollout.decision);
  const mayOverride = may(identity, "oncall", rollout.plan?.service);
  const ended = isTerminal(verdict?.state);
  const next = nextDecision(rollout, now);
  return (
    <section className={`verdict tone-${word.tone}`} aria-labelledby="verdict-name">
      <div className="verdict-head">
        <Badge word={word} loud />
        {rollout.held && <Badge word={{ text: "held", icon: "person", tone: "warn" }} />}
        <h1 id="verdict-name">{rollout.name}</h1>
        <p className="row-what">
          <span>
            <span className="of-baseline">{selector(rollout.plan?.baseline)}</span> →{" "}
            <span className="of-canary">{selector(rollout.plan?.canary)}</span>
          </span>
          <span>
            opened <Ago at={timeOf(rollout.created_at)} now={now} />
          </span>
          {ended && (
            <span>
              ended <Ago at={timeOf(rollout.ended_at)} now={now} />
            </span>
          )}
        </p>
      </div>
      <p className="verdict-sentence" aria-live="polite">
        {verdict?.sentence}
      </p>
      {rollout.impediment !== "" && (
        <Notice tone="bad" icon="stop" title="Nothing is being judged">
          {rollout.impediment}
        </Notice>
      )}
      {next !== "" && (
        <p className="verdict-next">
          <strong>Next:</strong> {next}
        </p>
      )}
      <div className="verdict-actions">
        <button className="primary" disabled={!mayOverride} onClick={props.override}>
          <Icon name="person" /> Override …
        </button>
        {!mayOverride && (
          <small>
            Overrides need the role oncall{identity === null ? "" : `; you are ${identity.principal?.role ?? "nobody"}`}.
          </small>
        )}
      </div>
      {verdict !== undefined && verdict.stage !== "" && (
        <ol className="stages" aria-label="Stages">
          {rollout.plan?.stages.map((stage) => {
            const passed = verdict.stages_passed.includes(stage.name);
            const here = stage.name === verdict.stage && !passed;
            return (
              <li key={stage.name} className={passed ? "passed" : here ? "here" : ""} aria-current={here ? "step" : undefined}>
                {passed && <Icon name="check" />} {stage.name}
                <small> {passed ? "passed" : here ? "being judged" : "to come"}</small>
              </li>
            );
          })}
        </ol>
      )}
    </section>
  );
}

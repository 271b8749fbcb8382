import type { GuardFindingOverHosts, GuardRun } from "../api/types";
import { useGet } from "../api/use_get";
import { count, num, plural, timeOf } from "../format";
import { Badge } from "../parts/badge";
import { Loading, Notice } from "../parts/notice";
import { Ago, useNow } from "../parts/time";
import { setFilter, useAddress } from "../router";
import type { Word } from "../words";

const EVERY_MS = 5000;

const ACTIONS: Record<string, Word> = {
  GUARD_ACTION_ALLOWED: { text: "let through", icon: "check", tone: "quiet" },
  GUARD_ACTION_WOULD_BLOCK: { text: "would be blocked", icon: "info", tone: "warn" },
  GUARD_ACTION_BLOCKED: { text: "blocked", icon: "slash", tone: "bad" },
};
const KINDS: Record<string, string> = {
  GUARD_FINDING_CLASS_DIRECT: "the script names it",
  GUARD_FINDING_CLASS_HIDDEN: "hidden: a tool went there by itself",
  GUARD_FINDING_CLASS_DELEGATED: "delegated to a daemon, which is not seen",
};
const STATES: Record<string, Word> = {
  GUARD_RUN_STATE_RUNNING: { text: "running", icon: "eye", tone: "busy" },
  GUARD_RUN_STATE_FINISHED: { text: "finished", icon: "check", tone: "good" },
  GUARD_RUN_STATE_SETUP_FAILED: { text: "not set up", icon: "cross", tone: "bad" },
  GUARD_RUN_STATE_LOST: { text: "guard lost", icon: "question", tone: "bad" },
};
const UNKNOWN: Word = { text: "unknown", icon: "question", tone: "quiet" };

function Findings({ findings, now }: { findings: GuardFindingOverHosts[]; now: number }) {
  return (
    <div className="findings">
      {findings.map(({ finding, hosts, runs, last_at }) =>
        finding === undefined ? null : (
          <article className="row" key={finding.id}>
            <div className="row-verdict">
              <Badge word={ACTIONS[finding.action] ?? UNKNOWN} />
              {finding.waived && <Badge word={{ text: "waived", icon: "person", tone: "quiet" }} />}
            </div>
            <div className="row-main">
              <h2>{finding.name}</h2>
              <p className="row-what">
                <span>{KINDS[finding.kind] ?? "–"}</span>
                <span>{plural(num(finding.count), "time")}</span>
                <span>
                  {plural(hosts.length, "host")}, {plural(runs, "run")}
                </span>
                <span>
                  <Ago at={timeOf(last_at)} now={now} />
                </span>
              </p>
              <p className="command">{finding.command}</p>
              <p className="row-sentence">
                {finding.place !== "" && <>{finding.place}. </>}
                Rule: {finding.rule || "–"}
                {finding.reason !== "" && <> ({finding.reason})</>}
                {finding.owner !== "" && <>, ask {finding.owner}</>}
              </p>
            </div>
          </article>
        ),
      )}
    </div>
  );
}

function Runs({ runs, now }: { runs: GuardRun[]; now: number }) {
  return (
    <div className="scroll card" tabIndex={0} role="region" aria-label="Guarded runs">
      <table>
        <thead>
          <tr>
            <th scope="col">deploy</th>
            <th scope="col">host</th>
            <th scope="col">step</th>
            <th scope="col">state</th>
            <th scope="col">mode</th>
            <th scope="col" className="n">blocked</th>
            <th scope="col" className="n">would block</th>
            <th scope="col" className="n">new names</th>
            <th scope="col">record</th>
            <th scope="col">reported</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.run_id}>
              <th scope="row">{run.deploy_id || run.service || run.run_id}</th>
              <td>{run.host}</td>
              <td>{run.step || "–"}</td>
              <td>
                <Badge word={STATES[run.state] ?? UNKNOWN} />
                {run.failure !== "" && <small> {run.failure}</small>}
              </td>
              <td>{run.enforcing ? "blocks" : "only observes"}</td>
              <td className="n">{count(run.counts?.blocked_domains)}</td>
              <td className="n">{count(run.counts?.would_block_domains)}</td>
              <td className="n">{run.counts?.has_baseline === true ? count(run.counts.new_domains) : "–"}</td>
              <td>{run.counts?.audit_complete === true ? "complete" : "incomplete"}</td>
              <td>
                <Ago at={timeOf(run.received_at)} now={now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// What deploy scripts depend on and must not.
export function GuardPage() {
  const { searchParams } = useAddress();
  const deploy = searchParams.get("deploy") ?? "";
  const filter = deploy === "" ? "" : `?deploy_id=${encodeURIComponent(deploy)}`;
  const runs = useGet<{ runs: GuardRun[] }>(`/v1/guard/runs${filter}`, "", EVERY_MS);
  const findings = useGet<{ findings: GuardFindingOverHosts[] }>(`/v1/guard/findings${filter}`, "", EVERY_MS);
  const now = useNow();
  const problem = runs.problem ?? findings.problem;
  const observing = (runs.value?.runs ?? []).some((run) => !run.enforcing);
  return (
    <>
      <div className="page-head">
        <h1>Guard</h1>
        <div className="filters">
          <input
            type="search"
            aria-label="Deploy"
            placeholder="Deploy"
            value={deploy}
            onChange={(change) => setFilter("deploy", change.target.value)}
          />
        </div>
      </div>
      {problem !== null && (
        <Notice tone="warn" icon="stop" title="Guarded runs cannot be read just now" live>
          {problem.message}
        </Notice>
      )}
      {runs.value === null && problem === null && <Loading what="guarded runs" />}
      {runs.value !== null && runs.value.runs.length === 0 && (
        <Notice tone="quiet" icon="empty" title="No guarded run has been reported">
          Run a deploy script under <code>haldane guard run</code>; what it depends on and must not is listed here.
        </Notice>
      )}
      {observing && (
        <Notice tone="quiet" icon="info" title="Some runs only observe">
          What “would be blocked” was let through.
        </Notice>
      )}
      {(findings.value?.findings.length ?? 0) > 0 && (
        <>
          <h2 className="section">Dependencies that deploys must not have</h2>
          <Findings findings={findings.value?.findings ?? []} now={now} />
        </>
      )}
      {(runs.value?.runs.length ?? 0) > 0 && (
        <>
          <h2 className="section">Runs</h2>
          <Runs runs={runs.value?.runs ?? []} now={now} />
        </>
      )}
    </>
  );
}

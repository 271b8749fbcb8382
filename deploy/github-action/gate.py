#!/usr/bin/env python3
"""Runs haldane gate as a step of a GitHub workflow: outputs, summary, annotation.

Outputs are written before the step fails, so that later steps can use them.
"""
import json
import os
import re
import secrets
import subprocess
import sys

MEANING = {0: "notice", 3: "error", 4: "error", 5: "warning"}


def command(environment):
    get = lambda name: environment.get("INPUT_" + name, "")
    line = [get("HALDANE") or "haldane", "gate", "--plan", get("PLAN"), "-o", "json",
            "--on-unreachable", get("ON_UNREACHABLE") or "fail"]
    for flag, name in (("--rollout-name", "ROLLOUT_NAME"), ("--timeout", "TIMEOUT"), ("--tls-ca", "TLS_CA")):
        if get(name):
            line += [flag, get(name)]
    return line


def one_line(text):
    """Text that cannot start a workflow command or another output."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", str(text)).strip()


def escape(text):
    """Text of an annotation, as workflow commands want it."""
    return one_line(text).replace("%", "%25")


def outcome(stdout, code):
    try:
        return json.loads(stdout)
    except ValueError:
        return {"verdict": "error", "reason": "haldane gate gave no answer; see the log", "exit_code": code}


def append(environment, name, text):
    if environment.get(name):
        with open(environment[name], "a", encoding="utf-8") as file:
            file.write(text)


def outputs(result, code):
    rollout = (result.get("rollout") or {}).get("name", "")
    verdict = result.get("verdict", "error")
    values = {"verdict": verdict, "reason": result.get("reason", ""), "rollout": rollout, "exit-code": code,
              "decided": str(verdict in ("proceed", "rollback", "halt", "undecided", "aborted", "overridden")).lower()}
    delimiter = secrets.token_hex(16)
    return "".join(f"{name}<<{delimiter}\n{one_line(value)}\n{delimiter}\n" for name, value in values.items())


def summary(result):
    cell = lambda text: one_line(text).replace("|", "\\|").replace("<", "&lt;")
    lines = [f"### Haldane: {cell(result.get('verdict', 'error')).upper()}", "", cell(result.get("reason", "")), ""]
    overridden = result.get("overridden")
    if overridden:
        lines += [f"Decided by {cell(overridden['author'])}, not by the judge, whose word was "
                  f"{cell(overridden['judged'])}: {cell(overridden['reason'])}", ""]
    findings = ((result.get("rollout") or {}).get("verdict") or {}).get("findings") or []
    if findings:
        lines += ["| signal | finding | canary | baseline | ratio |", "|---|---|---|---|---|"]
    for f in findings[:50]:
        side = lambda s: f"{cell(f[s]['events'])} of {cell(f[s]['exposure'])}"
        ratio = f.get("ratio") or "-"
        ratio = f"{ratio:.2f}x" if isinstance(ratio, float) else cell(ratio)
        state = cell(f["state"]).replace("FINDING_STATE_", "").lower().replace("_", " ")
        lines.append(f"| {cell(f['signal'])} | {state} | {side('canary')} | {side('baseline')} | {ratio} |")
    return "\n".join(lines) + "\n\n"


def main():
    # Its progress goes to the log, between marks that keep it from being read as commands.
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}", flush=True)
    try:
        run = subprocess.run(command(os.environ), stdout=subprocess.PIPE, text=True, check=False)
        stdout, code = run.stdout, run.returncode
    except OSError as error:
        stdout, code = "", 1
        print(f"cannot run haldane: {error}", file=sys.stderr)
    print(f"::{token}::", flush=True)
    result = outcome(stdout, code)
    append(os.environ, "GITHUB_OUTPUT", outputs(result, code))
    append(os.environ, "GITHUB_STEP_SUMMARY", summary(result))
    title = f"Haldane: {escape(result.get('verdict', 'error'))}".replace(",", "%2C").replace(":", "%3A")
    print(f"::{MEANING.get(code, 'error')} title={title}::{escape(result.get('reason', ''))}")
    return code


if __name__ == "__main__":
    sys.exit(main())

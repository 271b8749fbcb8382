#!/usr/bin/env python3
"""make demo: three deployments of a real Puma application, judged for real.

    deploy/demo/run.py BUILD_FOLDER [STORY...]

Six pretended hosts, each a Puma cluster with an agent of its own that probes it
through the kernel; three serve the baseline, three the canary. Three canaries
follow each other: a good one, one that raises and swallows an exception on 2 %
of its requests, and one that answers 1 % more 5xx. For each, `haldane gate`
has to end as the story says. Exits 0 when all do.

DEMO_KEEP=1       leave everything running and say how to look and how to stop
DEMO_REPORT=FILE  write what happened as JSON
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from processes import DemoError, Interrupted, Programs, raise_on_signals
from stage import BASELINE_REVISION, HERE, Stage

LOAD_SECONDS = 180  # more than the longest observation of the plans, yet bounded
KEPT_LOAD_SECONDS = 1800

# name, revision, what is wrong with it, exit code that is right, text that the verdict must show
STORIES = {
    "good": ("def456", {}, 0, "proceed"),
    "swallow": ("def457", {"DEMO_SWALLOW": "0.02"}, 3, "Inventory::StaleCacheError"),
    "errors": ("def458", {"DEMO_5XX": "0.01"}, 3, "http.5xx"),
}
TITLES = {
    "good": "a good canary: nothing but its revision differs",
    "swallow": "a canary that raises and swallows an exception on 2 % of requests; no response shows it",
    "errors": "a canary that answers 1 % more 5xx",
}


def say(text=""):
    print(text, flush=True)


def run_gate(stage, story):
    """Runs the gate, passes on what it says as it says it; (exit code, its output)."""
    command = [stage.binary("haldane"), "gate", "--plan", str(HERE / "plans" / f"{story}.yaml"),
               "--server", f"127.0.0.1:{stage.controller_port}"]
    # Both streams in one pipe keep their order; chatter and verdict read as on a terminal.
    gate = stage.programs.start(f"gate-{story}", ["sh", "-c", 'exec "$@" 2>&1', "sh", *command], stdout=subprocess.PIPE)
    lines = []
    for line in gate.process.stdout:
        lines.append(line.decode(errors="replace"))
        say("  | " + lines[-1].rstrip("\n"))
    gate.process.wait()
    stage.programs.running.remove(gate)
    return gate.process.returncode, "".join(lines)


def tell(stage, story):
    """Deploys one canary, waits at the gate; what happened."""
    revision, defect, expected, must_show = STORIES[story]
    say(f"\n--- {TITLES[story]}")
    say(f"    hosts {' '.join(stage.canary)} now get revision {revision}; {' '.join(stage.baseline)} keep {BASELINE_REVISION}")
    stage.deploy(revision, defect)
    stage.start_load(LOAD_SECONDS)
    start = time.monotonic()
    code, output = run_gate(stage, story)
    seconds = time.monotonic() - start
    stage.stop_load()
    stage.programs.check_alive()
    good = code == expected and must_show in output
    say(f"    haldane gate exited with {code} after {seconds:.1f} s" +
        ("" if good else f": WRONG, {expected} and a word of {must_show} were due"))
    return {"story": story, "revision": revision, "exit_code": code, "expected_exit_code": expected,
            "must_show": must_show, "seconds": round(seconds, 1), "as_expected": good, "output": output}


def summarise(results):
    say("\n  canary    revision  gate exit  verdict after")
    for r in results:
        say(f"  {r['story']:<9} {r['revision']:<9} {r['exit_code']:>9}  {r['seconds']:>11.1f} s"
            f"  {'as it should' if r['as_expected'] else 'WRONG: ' + str(r['expected_exit_code']) + ' was due'}")


def show_logs(programs):
    for program in programs:
        if program.name.startswith(("controller", "agent", "puma")) and program.tail():
            say(f"\n==> the end of {program.log.name}\n{program.tail()}")


def keep(stage, folder):
    """Leaves all running and says how to go on."""
    stage.start_load(KEPT_LOAD_SECONDS)
    stop = folder / "stop.sh"
    groups = " ".join(f"-{p.group}" for p in stage.programs.running)
    stop.write_text(f"#!/bin/sh\nkill -s TERM -- {groups} 2>/dev/null\nsleep 3\nkill -s KILL -- {groups} 2>/dev/null\nrm -rf {folder}\n")
    stop.chmod(0o755)
    haldane, server = stage.binary("haldane"), f"--server 127.0.0.1:{stage.controller_port}"
    say(f"\nEverything is left running (the load for {KEPT_LOAD_SECONDS // 60} minutes more).\n"
        f"  page       http://127.0.0.1:{stage.http_port}/\n"
        f"  rollouts   {haldane} rollout list {server}\n"
        f"  why        {haldane} rollout explain shop-swallow {server}\n"
        f"  probes     bpftool prog list | grep -A2 -E 'kprobe|tracepoint'\n"
        f"  logs       ls {folder}/*.log\n"
        f"  stop       {stop}")


def requirements():
    if os.geteuid() != 0:
        raise DemoError("run it as root: agents load BPF programs")
    missing = [name for name in ("puma", "wrk") if shutil.which(name) is None]
    if missing:
        raise DemoError(f"{' and '.join(missing)} not found; run scripts/setup.sh")


def perform(stage, stories, results):
    say(f"Starting {len(stage.ports)} hosts with Puma and an agent each, and one controller ...")
    stage.start()
    say(f"Watch it at http://127.0.0.1:{stage.http_port}/")
    for story in stories:
        results.append(tell(stage, story))
    summarise(results)
    if not all(r["as_expected"] for r in results):
        raise DemoError("a story did not end as it should")


def main(arguments):
    stories = arguments[1:] or list(STORIES)
    if not arguments or not set(stories) <= set(STORIES):
        print(f"usage: deploy/demo/run.py BUILD_FOLDER [STORY...]; stories: {' '.join(STORIES)}", file=sys.stderr)
        return 2
    kept = os.environ.get("DEMO_KEEP") == "1"
    folder = pathlib.Path(tempfile.mkdtemp(prefix="haldane-demo-"))
    programs = Programs(folder, outlive=kept)
    results, code = [], 1
    raise_on_signals()
    try:
        requirements()
        stage = Stage(programs, arguments[0], folder)
        perform(stage, stories, results)
        code = 0
        if kept:
            keep(stage, folder)
            programs.running = []  # no longer ours to stop
    except DemoError as error:
        show_logs(programs.running)
        say(f"\ndemo: {error}")
    except Interrupted as error:
        say(f"\ndemo: {error}, stopping everything")
        code = 128 + error.number
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        programs.stop_all()
        if not (kept and code == 0):
            shutil.rmtree(folder, ignore_errors=True)
        if os.environ.get("DEMO_REPORT"):
            pathlib.Path(os.environ["DEMO_REPORT"]).write_text(json.dumps({"exit_code": code, "stories": results}, indent=1))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

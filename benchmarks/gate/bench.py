#!/usr/bin/env python3
"""make bench-gate: how long a response takes from a host's kernel to whoever waits at the gate.

    bench.py BUILD [--json FILE] [--requests N]

A real Puma cluster on each of two pretended hosts, an agent for each, a
controller. One request at a time is answered, at random moments; the clock
stops when the waiting gate has been told a number that contains it. Exits 1
when the promise is not met.
"""
import argparse
import json
import os
import pathlib
import platform
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "deploy" / "demo"))
from processes import Programs  # noqa: E402
from stage import Stage  # noqa: E402

PLAN = """\
rollout: bench-gate
service: shop
canary: {revision: def456}
baseline: {revision: abc123}
observe: {min: 55m, max: 1h, warmup: 1s}
signals:
  - {name: http.5xx, tolerate: 100x}
"""
BOUND = 2.0  # seconds, p99: two periods of a second each, the agent's report and the controller's tick
PATIENCE = 30


class Watcher(threading.Thread):
    """When the gate first knew of each number of canary requests."""

    def __init__(self, program):
        super().__init__(daemon=True)
        self.program, self.known, self.changed = program, [], threading.Condition()

    def run(self):
        for line in self.program.process.stdout:
            when, requests = line.split()
            with self.changed:
                self.known.append((float(when), int(requests)))
                self.changed.notify_all()

    def latest(self):
        with self.changed:
            return self.known[-1][1] if self.known else 0

    def when_at_least(self, requests):
        with self.changed:
            found = self.changed.wait_for(lambda: self.known and self.known[-1][1] >= requests, PATIENCE)
            if not found:
                raise SystemExit(f"bench-gate: {requests} requests were answered, the gate knows of {self.known[-1:]}")
            return next(when for when, known in self.known if known >= requests)


def ask(port):
    """One request on a connection of its own; when its answer had come."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/products") as answer:
            answer.read()
    except urllib.error.HTTPError:
        pass  # a 503 is an answer too
    return time.monotonic()


def measure(stage, folder, requests):
    plan = folder / "plan.yaml"
    plan.write_text(PLAN)
    server = f"127.0.0.1:{stage.controller_port}"
    subprocess.run([stage.binary("haldane"), "rollout", "create", "--plan", str(plan), "--server", server],
                   check=True, stdout=subprocess.DEVNULL)
    watcher = Watcher(stage.programs.start(
        "watch", [stage.binary("benchmarks/gate/gate_bench_watch"), server, "bench-gate"], stdout=subprocess.PIPE))
    watcher.start()
    canary, baseline = (stage.ports[host] for host in (stage.canary[0], stage.baseline[0]))
    deadline = time.monotonic() + PATIENCE
    while watcher.latest() == 0:  # until probes are in place and processes are warm
        ask(canary)
        ask(baseline)
        time.sleep(0.2)
        if time.monotonic() > deadline:
            raise SystemExit("bench-gate: the gate never heard of a request")
    time.sleep(3)
    total, delays = watcher.latest(), []
    for _ in range(requests):
        time.sleep(random.uniform(0, 1))
        total += 1
        answered = ask(canary)
        delays.append(watcher.when_at_least(total) - answered)
    return sorted(delays)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--requests", type=int, default=200)
    a = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("bench-gate: run as root, agents load BPF programs")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="haldane-bench-gate-"))
    programs = Programs(folder, outlive=False)
    try:
        stage = Stage(programs, a.build.resolve(), folder)
        stage.baseline, stage.canary = stage.baseline[:1], stage.canary[:1]
        stage.ports = {host: stage.ports[host] for host in stage.baseline + stage.canary}
        stage.start()
        stage.deploy("def456", {})
        delays = measure(stage, folder, a.requests)
    finally:
        programs.stop_all()
        shutil.rmtree(folder, ignore_errors=True)
    def quantile(q):
        return delays[min(len(delays) - 1, int(q * len(delays)))]

    p99 = quantile(0.99)
    print(f"{socket.gethostname()}, Linux {platform.release()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    print(f"  from a response on a host to the gate, {len(delays)} times: median {quantile(0.5):.2f} s, p90 {quantile(0.9):.2f} s, "
          f"p99 {p99:.2f} s, bound {BOUND:g} s: {'met' if p99 <= BOUND else 'NOT MET'}")
    if a.json:
        a.json.parent.mkdir(parents=True, exist_ok=True)
        a.json.write_text(json.dumps([{
            "claim": "from a response on a host to the gate, p99", "value": round(p99, 3), "unit": "s", "bound": BOUND,
            "met": p99 <= BOUND, "note": f"median {quantile(0.5):.2f}, {len(delays)} requests at random moments"}], indent=1) + "\n")
    return 0 if p99 <= BOUND else 1


if __name__ == "__main__":
    sys.exit(main())

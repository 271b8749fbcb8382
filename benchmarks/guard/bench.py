#!/usr/bin/env python3
"""make bench-guard: what the guard costs, and whether it names the right process.

    bench.py BUILD [--json FILE]

Runs alternate between with and without the guard, so that a machine that slows
down slows both; medians of the pairs are compared. In network namespaces of its
own. Exits 1 when a promise is not met.
"""
import argparse
import contextlib
import json
import os
import pathlib
import platform
import socket
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAIRS = 5
FAST_SERVER = "10.9.0.4"
sys.dont_write_bytecode = True


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    return parser.parse_args()


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


@contextlib.contextmanager
def placed_on(processors):
    """What is started within runs on these processors."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, processors)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Bench:
    def __init__(self, build, world, policy):
        self.world, self.build = world, build
        self.client = build / "benchmarks" / "guard" / "guard_bench_client"
        self.policy = policy(rules="  - {allow: {cidr: 10.9.0.5/32}}")
        self.rows = []

    def row(self, claim, value, unit, bound=None, note=""):
        met = bound is None or value <= bound
        self.rows.append({"claim": claim, "value": round(value, 3), "unit": unit, "bound": bound, "met": met, "note": note})
        print(f"  {claim:<52} {value:>10.1f} {unit:<8} {'' if bound is None else f'bound {bound:g}: ' + ('met' if met else 'NOT MET')}",
              flush=True)

    def without(self, *words):
        return self.world.direct(" ".join([str(self.client), *words]))

    def within(self, *words):
        result = self.world.run(self.policy, [self.client, *words], "--quiet")
        if result.code not in (0, 122):
            raise SystemExit(f"bench-guard: the client failed: {result.err}")
        return result.out

    def pairs(self, *words, count=PAIRS):
        """[(without, with)], each the client's output as numbers."""
        found = []
        for _ in range(count):
            plain = [float(x) for x in self.without(*words).split()]
            found.append((plain, [float(x) for x in self.within(*words).split()]))
        return found

    def lookups(self):
        """With the script and its guard on one processor and the name server on another, as if on another machine: what
        is added is our own work. Then wherever the scheduler puts them: on a virtual machine, where waking another
        processor is dear, two more hops may cost more wake-ups than work."""
        everywhere = os.sched_getaffinity(0)
        for place, script, server, bound in (("apart", {min(everywhere)}, {max(everywhere)}, 60),
                                             ("anywhere", everywhere, everywhere, None)):
            with placed_on(server), self.fast_name_server(), placed_on(script):
                pairs = self.pairs("lookups", "2000", count=9)
            for share, name in ((0.5, "p50"), (0.99, "p99")):
                self.row(f"DNS answer, {place}, direct, {name}", statistics.median(percentile(a, share) for a, _ in pairs) / 1000, "us")
                self.row(f"DNS answer, {place}, guarded, {name}", statistics.median(percentile(b, share) for _, b in pairs) / 1000, "us")
            added = statistics.median(percentile(b, 0.5) - percentile(a, 0.5) for a, b in pairs) / 1000
            self.row(f"added to a DNS answer, {place}, p50", added, "us", bound)

    @contextlib.contextmanager
    def fast_name_server(self):
        """dnsmasq instead of the tests' own: what is compared should not drown in what the server takes."""
        resolv_conf = self.world.folder / "resolv.conf"
        before = resolv_conf.read_text()
        server = subprocess.Popen(["ip", "netns", "exec", self.world.server, "dnsmasq", "--keep-in-foreground",
                                   "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file=", "--user=root",
                                   "--bind-interfaces", f"--listen-address={FAST_SERVER}", "--host-record=allowed.test,10.9.0.3"])
        try:
            resolv_conf.write_text(f"nameserver {FAST_SERVER}\n")
            self.world.wait_for(lambda: "10.9.0.3" in self.world.direct("getent hosts allowed.test || true"), "dnsmasq to answer")
            yield
        finally:
            resolv_conf.write_text(before)
            server.kill()
            server.wait()

    def packets(self):
        pairs = self.pairs("datagrams", "200000")
        self.row("one datagram, direct", statistics.median(a[0] for a, _ in pairs), "ns")
        self.row("added to a datagram, calls and all", statistics.median(b[0] - a[0] for a, b in pairs), "ns")
        self.row("egress program, per datagram", self.program_time(), "ns", 250, "as the kernel counts it (bpf_stats)")
        self.row("a ring-buffer record per datagram instead: added", self.record_per_packet(), "ns", None,
                 "a program that does nothing else, with a reader")

    def program_time(self):
        """Mean time of the egress program, from inside the run: nobody else sends through it."""
        switch = pathlib.Path("/proc/sys/kernel/bpf_stats_enabled")
        before = switch.read_text()
        switch.write_text("1")
        try:
            script = f"{self.client} datagrams 300000 >/dev/null; bpftool -j prog show name guard_egress"
            shown = json.loads(self.world.run(self.policy, ["sh", "-c", script], "--quiet").out)
        finally:
            switch.write_text(before)
        programs = shown if isinstance(shown, list) else [shown]
        busiest = max(programs, key=lambda p: p.get("run_cnt", 0))
        return busiest["run_time_ns"] / busiest["run_cnt"]

    def record_per_packet(self):
        """What the same datagrams cost in a group whose program writes a record for each."""
        mounts = [line.split() for line in pathlib.Path("/proc/mounts").read_text().splitlines()]
        group = pathlib.Path(next(m[1] for m in mounts if m[2] == "cgroup2")) / f"haldane-bench-{os.getpid()}"
        group.mkdir()
        try:
            peer = subprocess.Popen([self.build / "benchmarks" / "guard" / "guard_bench_per_packet", group],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            peer.stdout.readline()
            added = []
            for _ in range(PAIRS):
                plain = float(self.without("datagrams", "200000"))
                added.append(float(self.world.direct(f"echo $$ > {group}/cgroup.procs; exec {self.client} datagrams 200000"))
                             - plain)
            peer.communicate()
            return statistics.median(added)
        finally:
            group.rmdir()

    def stream(self):
        sink = subprocess.Popen(["ip", "netns", "exec", self.world.server, sys.executable, "-c",
                                 "import socket\ns = socket.create_server(('', 9100))\nprint('READY', flush=True)\n"
                                 "while True:\n c, _ = s.accept()\n while c.recv(1 << 20): pass\n c.close()"],
                                stdout=subprocess.PIPE)
        try:
            sink.stdout.readline()
            pairs = self.pairs("stream", "400")
        finally:
            sink.kill()
            sink.wait()
        self.row("TCP stream, direct", statistics.median(a[0] for a, _ in pairs), "Mbit/s")
        self.row("TCP stream, guarded", statistics.median(b[0] for _, b in pairs), "Mbit/s")

    def start_up(self):
        times = []
        for _ in range(PAIRS):
            started = time.monotonic()
            self.world.run(self.policy, ["true"], "--quiet")
            times.append(time.monotonic() - started)
        empty = []
        for _ in range(PAIRS):
            started = time.monotonic()
            self.world.direct("true")
            empty.append(time.monotonic() - started)
        self.row("a whole guarded run of `true`: load, attach, test, clean up",
                 (statistics.median(times) - statistics.median(empty)) * 1000, "ms")
        loads = [float(subprocess.run([self.build / "benchmarks" / "guard" / "guard_bench_attach"], check=True,
                                      capture_output=True, text=True).stdout) for _ in range(PAIRS)]
        self.row("load and attach all programs", statistics.median(loads), "ms", 250)

    def attribution(self):
        burst = self.build / "tests" / "guard" / "network" / "burst"
        for way in ("wait", "leave"):
            result = self.world.run(self.policy, [burst, "3000", "16", way], "--quiet", seconds=110)
            events = [e for e in result.events if e["event"] == "dns"]
            right = {e["domain"] for e in events if e["domain"] == f"p{e.get('pid')}.burst.test" and "burst child" in e["cmd"]}
            self.row(f"not attributed of 3,000 processes that {way}", 3000 - len(right), "", 0, "process and command line")


def main():
    a = arguments()
    if os.geteuid() != 0:
        raise SystemExit("bench-guard: run as root")
    os.environ["HALDANE_BUILD"] = str(a.build.resolve())
    sys.path.insert(0, str(ROOT / "tests" / "guard" / "network"))
    from world import World, policy
    print(f"{socket.gethostname()}, Linux {platform.release()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    world = World()
    try:
        bench = Bench(a.build.resolve(), world, policy)
        bench.lookups()
        bench.packets()
        bench.stream()
        bench.start_up()
        bench.attribution()
    finally:
        world.close()
    if a.json:
        a.json.parent.mkdir(parents=True, exist_ok=True)
        a.json.write_text(json.dumps(bench.rows, indent=1) + "\n")
    return 0 if all(row["met"] for row in bench.rows) else 1


if __name__ == "__main__":
    sys.exit(main())

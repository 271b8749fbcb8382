#!/usr/bin/env python3
"""What happens when parts of the guard die, hang or are missing, and when limits are hit; and nothing stays behind."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from guard_case import GuardCase  # noqa: E402
from world import HALDANE, RAW, WEB, leftovers, policy  # noqa: E402

ASK = f"{sys.executable} {pathlib.Path(__file__).parent}/ask.py"
SEND = f"{sys.executable} {pathlib.Path(__file__).parent}/send.py"


def proxy_of(launcher):
    """The launcher's child that answers lookups."""
    for pid in pathlib.Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split():
        if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "haldane-guard":
            return int(pid)
    return 0


class Failure(GuardCase):
    def begin(self, policy_text, script, *options, **more):
        """A run whose script has printed "begun"; launcher and proxy."""
        process, folder = self.world.spawn(policy_text, ["bash", "-c", "echo begun; " + script], *options, **more)
        self.world.wait_for(lambda: "begun" in (folder / "stdout").read_text(), "the script to begin")
        # The command of `spawn` executes haldane in the end: its pid is the launcher's.
        self.world.wait_for(lambda: proxy_of(process.pid), "the proxy")
        return process, folder, proxy_of(process.pid)

    def go_on(self):
        (self.world.folder / "go").write_text("")

    WAIT = "while [ ! -e go ]; do sleep 0.05; done; rm go; "

    def test_27_a_port_that_is_used_again_while_the_proxy_lags(self):
        ask = ("import socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 40001)); "
               "s.connect(('10.9.0.2', 53)); n = sys.argv[1].encode(); "
               "s.send(b'Ha\\1\\0\\0\\1' + bytes(6) + bytes([len(n)]) + n + b'\\4test\\0\\0\\1\\0\\1')")
        script = self.WAIT + " ".join(f'{sys.executable} -c "{ask}" {name};' for name in ("one", "two", "same", "same"))
        process, folder, proxy = self.begin(policy(), script + " touch asked; " + self.WAIT)
        self.addCleanup((self.world.folder / "asked").unlink)
        os.kill(proxy, signal.SIGSTOP)  # for less than it is given before it counts as hung
        self.go_on()
        self.world.wait_for(lambda: (self.world.folder / "asked").exists(), "all to have asked and gone")
        os.kill(proxy, signal.SIGCONT)
        self.world.wait_for(lambda: (folder / "out").exists() and len(self.lookups(folder)) == 4, "the record")
        self.go_on()
        r = self.world.finish(process, folder)
        for name in "one", "two":
            self.assertTrue(r.find(event="dns", domain=f"{name}.test")[0]["cmd"].endswith(f" {name}"), r)
        same = r.find(event="dns", domain="same.test")
        self.assertEqual([e["attribution"] for e in same], ["none"] * 2, "which was whose cannot be known, and is not guessed")

    @staticmethod
    def lookups(folder):
        return [line for path in (folder / "out").glob("*.jsonl") for line in path.read_text().splitlines()
                if '"event":"dns"' in line]

    def test_30_proxy_killed(self):
        script = self.WAIT + f"{ASK} allowed.test; {ASK} github.com; {SEND} tcp {WEB} 80; {SEND} tcp {RAW} 80; exit 3"
        process, folder, proxy = self.begin(policy(), script)
        os.kill(proxy, signal.SIGKILL)
        self.go_on()
        r = self.world.finish(process, folder)
        self.assertEqual([x.split()[0] for x in r.out.split("\n")[1:5]], ["NOERROR", "NXDOMAIN", "connected", "PermissionError"], r)
        self.assertEqual(r.code, 3, r)
        self.assertTrue(r.find(event="guard", reason="proxy_restarted"), r)
        self.assertEqual(r.complete, False, "what the dead one had read may be lost")

    def test_30_proxy_killed_makes_the_audit_incomplete(self):
        process, folder, proxy = self.begin(policy(), self.WAIT + "true")
        os.kill(proxy, signal.SIGKILL)
        self.world.wait_for(lambda: proxy_of(process.pid) not in (0, proxy), "another proxy")
        self.go_on()
        r = self.world.finish(process, folder)
        self.assertEqual(r.code, 122, r)

    def test_30_proxy_stopped(self):
        script = self.WAIT + f"{ASK} --timeout 6 allowed.test; {ASK} allowed.test"
        process, folder, proxy = self.begin(policy(more="gates: {require_complete_audit: false}"), script)
        os.kill(proxy, signal.SIGSTOP)
        started = time.monotonic()
        self.go_on()
        r = self.world.finish(process, folder)
        self.assertLess(time.monotonic() - started, 6, "a hung proxy is replaced within seconds")
        self.assertEqual(r.out.splitlines()[-1].split()[0], "NOERROR", r)

    def test_30_kernel_refuses_lookups_while_nobody_answers(self):
        # Nobody to restart it: the launcher stands still as well.
        script = self.WAIT + f"sleep 2.5; {ASK} allowed.test; {SEND} tcp {RAW} 80; echo {'{'}over{'}'}"
        process, folder, proxy = self.begin(policy(), script)
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(proxy, signal.SIGSTOP)
        self.go_on()
        self.world.wait_for(lambda: "over" in (folder / "stdout").read_text(), "the script")
        self.assertEqual((folder / "stdout").read_text().split()[1:3], ["PermissionError", "PermissionError"])
        os.kill(proxy, signal.SIGCONT)
        os.kill(process.pid, signal.SIGCONT)
        self.world.finish(process, folder)

    def test_30_open_if_the_policy_says_so(self):
        script = self.WAIT + f"sleep 2.5; {ASK} github.com; echo over"
        process, folder, proxy = self.begin(policy(more="failure: {proxy_dead: open}"), script)
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(proxy, signal.SIGSTOP)
        self.go_on()
        self.world.wait_for(lambda: "over" in (folder / "stdout").read_text(), "the script")
        os.kill(proxy, signal.SIGCONT)
        os.kill(process.pid, signal.SIGCONT)
        r = self.world.finish(process, folder)
        self.assertIn("NOERROR", r.out, r)
        self.assertEqual((r.code, r.complete), (122, False), "what went past the proxy is not in the record")

    def test_30_launcher_killed(self):
        process, folder, proxy = self.begin(policy(), "setsid sleep 300 & sleep 300")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        self.world.wait_for(lambda: leftovers() == [], "the proxy to end the script and clean up")
        r = self.world.finish(process, folder)
        self.assertTrue(r.find(event="guard", reason="launcher_died"), r)
        self.assertEqual(r.complete, False)

    def test_30_both_killed(self):
        script = "setsid sleep 300 & " + self.WAIT + f"sleep 2.5; {ASK} allowed.test; {SEND} tcp {RAW} 80; echo over; sleep 300"
        process, folder, proxy = self.begin(policy(), f"(trap '' TERM; {script}) & sleep 300")
        os.kill(process.pid, signal.SIGSTOP)  # so that it starts no other
        os.kill(proxy, signal.SIGKILL)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        self.go_on()
        self.world.wait_for(lambda: "over" in (folder / "stdout").read_text(), "what is left of the script")
        self.assertEqual((folder / "stdout").read_text().split()[1:3], ["PermissionError", "PermissionError"],
                         "the kernel goes on refusing with nobody there")
        r = self.world.sh(policy(), "true")
        self.assertIn("whose launcher was killed", r.err)
        self.world.wait_for(lambda: leftovers() == [], "the next run to end what was left")

    def test_30_upgraded_in_mid_run(self):
        binary = self.world.folder / "haldane"
        shutil.copy(HALDANE, binary)
        script = self.WAIT + f"{ASK} allowed.test; {ASK} github.com; {SEND} tcp {RAW} 80; exit 3"
        process, folder, proxy = self.begin(policy(), script, binary=binary)
        # As a package does it: the next one in its place, here one that cannot run at all.
        (self.world.folder / "next").write_text("not a program")
        os.replace(self.world.folder / "next", binary)
        os.kill(proxy, signal.SIGKILL)  # its successor is made from what runs
        self.go_on()
        r = self.world.finish(process, folder)
        self.assertEqual([x.split()[0] for x in r.out.split("\n")[1:4]], ["NOERROR", "NXDOMAIN", "PermissionError"], r)
        self.assertEqual(r.code, 3, r)

    def test_hooks_missing(self):
        # A kernel that refuses the programs looks as one that does not have them.
        without = ["setpriv", "--bounding-set", "-sys_admin,-bpf,-net_admin,-perfmon"]
        ran = ["bash", "-c", "echo ran"]
        r = self.world.run(policy(), ran, prefix=without)
        self.assertEqual((r.code, r.out), (120, ""), r)
        self.assertRegex(r.err, "haldane: .*(CAP_|root|capabilit)")
        r = self.world.run(policy(more="failure: {setup_failed: observe}"), ran, prefix=without)
        self.assertEqual((r.code, r.out), (122, "ran\n"), r)
        self.assertIn("WITHOUT A GUARD", r.err)

    def test_34_flood(self):
        r = self.sh(policy(rules="  - {allow: {cidr: 10.9.0.0/16}}", more="gates: {require_complete_audit: false}"),
                    f"{SEND} flood 20000", seconds=90)
        self.assertEqual(r.code, 0, r.err)
        contacts = len({e["port"] for e in r.find(event="connect")})
        lost = r.events[-1]["lost"]
        self.assertTrue(contacts == 20000 or lost, f"{contacts} of 20000 contacts are recorded and no loss is declared")
        self.assertEqual(r.complete, not lost)

    def test_35_memory(self):
        r = self.sh(policy(more="limits: {memory: 64MiB}"), f"exec {sys.executable} -c 'x = bytearray(300 << 20)'")
        self.assertEqual(r.code, 123, r)
        self.assertTrue(r.find(event="limit", reason="memory"), r)
        self.assertLessEqual(r.summary["peaks"]["memory_bytes"] if "peaks" in r.summary else 0, 65 << 20)

    def test_35_pids_cpu_and_wall(self):
        r = self.sh(policy(more="limits: {pids: 10}"), "for i in $(seq 20); do sleep 0.5 & done 2>/dev/null; wait; true")
        self.assertTrue(r.find(event="limit", reason="pids"), r)
        r = self.sh(policy(more="limits: {cpu: '20%'}"), "timeout 1 sh -c 'while :; do :; done'; true")
        self.assertEqual(r.code, 0, r)
        r = self.sh(policy(more="limits: {wall: 1s}"), "sleep 60")
        self.assertEqual(r.code, 123, r)
        self.assertTrue(r.find(event="limit", reason="wall"), r)
        r = self.sh(policy(more="limits: {wall: 1s}"), "trap '' TERM; sleep 60; sleep 60")
        self.assertEqual(r.code, 123, "what ignores the request is killed")

    def test_36_two_runs_and_nested_groups(self):
        first, folder1, _ = self.begin(policy(rules="  - {allow: {cidr: %s/32}}" % RAW), self.WAIT + f"{SEND} tcp {RAW} 80")
        r = self.sh(policy(), f"{SEND} tcp {RAW} 80")
        self.assertEqual(r.out.strip(), "PermissionError", r)
        self.go_on()
        r = self.world.finish(first, folder1)
        self.assertEqual(r.out.split(), ["begun", "connected"], r)
        nested = ("d=$(find /sys/fs/cgroup -path '*/haldane-guard/*' -name cgroup.procs -exec grep -lx $$ {} + | grep -v '/\\(cpu\\|memory\\|pids\\)'"
                  " | head -1); d=${d%/cgroup.procs}; mkdir $d/inner && echo $$ > $d/inner/cgroup.procs && "
                  f"{SEND} tcp {RAW} 80; grep inner /proc/self/cgroup | wc -l")
        r = self.sh(policy(), nested, "--mode", "observe")
        self.assertEqual(r.out.split(), ["connected", "1"], r)
        self.assertTrue(r.find(event="connect", action="would_block", ip=RAW), "groups below are judged too")
        self.assertEqual(r.find(event="cgroup_move"), [])

    def test_39_rollback_is_never_stopped(self):
        r = self.sh(policy("deny"), f"getent hosts github.com && {SEND} tcp {RAW} 80", "--rollback")
        self.assertEqual(r.code, 0, r)
        self.assertTrue(r.find(event="dns", action="would_block", domain="github.com"), r)

    def test_40_policy_mistakes(self):
        for wrong, said in (("defualt: deny\n", "defualt"), ("rules: [{deny: {cidr: 10.0.0.0/99}}]\n", "10.0.0.0/99")):
            r = self.sh("version: 1\nname: x\n" + wrong, "echo ran")
            self.assertEqual((r.code, r.out), (120, ""), r)
            self.assertIn("policy.yaml:3", r.err)
            self.assertIn(said, r.err)

    def test_exit_codes(self):
        self.assertEqual(self.sh(policy(), "exit 42").code, 42)
        self.assertEqual(self.sh(policy(), "kill -9 $$").code, 137)
        self.assertEqual(self.sh(policy(more="fail_on: blocked"), "getent hosts github.com; true").code, 121)
        self.assertEqual(self.sh(policy(more="fail_on: blocked"), "getent hosts github.com; exit 5").code, 5)
        r = self.world.run(policy(), ["/does/not/exist"])
        self.assertEqual(r.code, 120, r)

    def test_setup_that_fails(self):
        (self.world.folder / "resolv.conf").write_text("")
        self.addCleanup((self.world.folder / "resolv.conf").write_text, "nameserver 10.9.0.2\n")
        r = self.sh(policy(), "echo ran")
        self.assertEqual((r.code, r.out), (120, ""), r)
        r = self.sh(policy(more="failure: {setup_failed: observe}"), "echo ran")
        self.assertEqual((r.code, r.out), (122, "ran\n"), r)
        self.assertIn("WITHOUT A GUARD", r.err)

    def test_signals_reach_the_script(self):
        process, folder, _ = self.begin(policy(), "trap 'echo got; exit 9' TERM; while :; do sleep 0.05; done")
        process.send_signal(signal.SIGTERM)
        r = self.world.finish(process, folder)
        self.assertEqual((r.code, r.out.split()), (9, ["begun", "got"]), r)

    def test_strays(self):
        r = self.sh(policy(), "setsid sleep 300 & true")
        self.assertEqual(r.code, 0, r)
        self.assertTrue([e for e in r.find(event="guard", reason="stray") if "sleep 300" in e["cmd"]], r)
        r = self.sh(policy(more="stray: detach"), "setsid sleep 321 >/dev/null 2>&1 & true")
        found = subprocess.run(["pgrep", "-f", "^sleep 321"], capture_output=True, text=True).stdout.split()
        self.assertEqual(len(found), 1, "a detached process lives on")
        os.kill(int(found[0]), signal.SIGKILL)
        r = self.sh(policy(more="stray: wait"), "(sleep 1; echo late) & true")
        self.assertIn("late", r.out, r)

    def test_20_inherited_sockets(self):
        import socket
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outside:
            outside.set_inheritable(True)
            r = self.world.run(policy(), ["bash", "-c", f"ls -l /proc/self/fd | grep -c socket:; true"],
                               pass_fds=[outside.fileno()])
        self.assertEqual(r.out.split(), ["0"], r)
        self.assertIn("were not passed on", r.err)

    def test_21_leaving_the_group(self):
        leave = "for f in /sys/fs/cgroup/unified/cgroup.procs /sys/fs/cgroup/cgroup.procs; do [ -e $f ] && echo $$ > $f && echo left; done; true"
        r = self.sh(policy(), leave)
        self.assertEqual(r.out, "", "the groups are read-only for the script")
        r = self.sh(policy(), leave + "; sleep 0.3", "--mode", "observe")
        self.assertIn("left", r.out)
        self.assertTrue(r.find(event="cgroup_move"), r)


if __name__ == "__main__":
    unittest.main()

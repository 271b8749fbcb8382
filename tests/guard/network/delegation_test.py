#!/usr/bin/env python3
"""Who is asked to ask instead: daemons for names and others that would act in their own name, outside of the group."""
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from guard_case import GuardCase  # noqa: E402
from world import NAMESERVER, policy, unpacked  # noqa: E402

RESOLVED_ID = 64994  # of the user that it becomes; of nobody here


class Delegation(GuardCase):
    def test_19_and_23_daemons(self):
        """A stand-in for nscd and docker at their places: a connect is denied, or told."""
        daemons = pathlib.Path("/run/nscd"), pathlib.Path("/run/docker.sock")
        if any(p.exists() for p in (daemons[0] / "socket", daemons[1])):
            self.skipTest("SKIPPED: this kernel's machine runs nscd or docker")
        made = not daemons[0].exists()
        daemons[0].mkdir(exist_ok=True)
        server = subprocess.Popen([sys.executable, "-c", "import socket, time\n"
                                   "a = socket.socket(socket.AF_UNIX); a.bind('/run/nscd/socket'); a.listen()\n"
                                   "b = socket.socket(socket.AF_UNIX); b.bind('/run/docker.sock'); b.listen()\n"
                                   "print('up', flush=True); time.sleep(100)"], stdout=subprocess.PIPE)
        self.addCleanup(server.stdout.close)
        try:
            server.stdout.readline()
            connect = f"{sys.executable} -c 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1]); print(1)' "
            r = self.sh(policy(), f"getent hosts github.com; getent hosts allowed.test; {connect} /run/docker.sock; {connect} /run/nscd/socket")
            self.assertIn("10.9.0.3", r.out, "without nscd the lookup goes by DNS")
            self.blocked(r, "github.com")
            self.assertTrue(r.find(event="unix", action="blocked", reason="delegation.nscd"), r)
            self.assertTrue(r.find(event="unix", action="allowed", reason="delegation.docker"), r)
        finally:
            server.kill()
            server.wait()
            for path in (daemons[0] / "socket", daemons[1]):
                path.unlink(missing_ok=True)
            if made:
                daemons[0].rmdir()

    def test_19_nscd(self):
        """The real one, outside the group: it answers whoever can reach it, and asks in its own name."""
        nscd = unpacked("nscd") / "usr" / "sbin" / "nscd"
        state = self.world.folder / "nscd"
        state.mkdir()
        if not (place := pathlib.Path("/run/nscd")).exists():
            place.mkdir()
            self.addCleanup(place.rmdir)
        (self.world.folder / "nscd.conf").write_text("enable-cache hosts yes\nenable-cache passwd no\nenable-cache group no\n")
        self.world.mounts.append((state, "/run/nscd"))
        self.addCleanup(self.world.mounts.pop)
        log = open(self.world.folder / "nscd.log", "w")
        self.addCleanup(log.close)
        daemon = subprocess.Popen(self.world.inside([nscd, "-d", "-f", self.world.folder / "nscd.conf"]), stdout=log, stderr=log)
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.kill)
        self.world.wait_for(lambda: (state / "socket").exists(), "nscd to listen")
        self.assertIn("10.9", self.world.direct("getent hosts github.com"), "nscd answers")
        for handling in "allow", "deny":
            r = self.sh(policy("allow", more=f"delegation: {{nscd: {handling}}}"), "getent hosts github.com; getent hosts allowed.test")
            self.assertIn("allowed.test", r.out, r)
            self.assertEqual("github.com" in r.out, handling == "allow", r)
        self.blocked(r, "github.com")
        self.assertTrue(r.find(event="unix", action="blocked", reason="delegation.nscd"), r)

    def test_19_resolved(self):
        """The real one, without the rest of systemd: clients of the C library reach it by its socket."""
        root = unpacked("systemd-resolved", "libnss-resolve", "libsystemd-shared")
        libraries = root / "usr" / "lib" / "x86_64-linux-gnu"
        folder = self.world.folder / "resolved"
        for name in "run/systemd/resolve", "etc":
            (folder / name).mkdir(parents=True)
        os.chown(folder / "run" / "systemd" / "resolve", RESOLVED_ID, RESOLVED_ID)
        user = f"systemd-resolve:x:{RESOLVED_ID}"
        for place, text in (("etc/passwd", pathlib.Path("/etc/passwd").read_text() + f"{user}:{RESOLVED_ID}::/:/bin/false\n"),
                            ("etc/group", pathlib.Path("/etc/group").read_text() + f"{user}:\n"),
                            ("etc/resolved.conf", f"[Resolve]\nDNS={NAMESERVER}\nDNSSEC=no\nLLMNR=no\nMulticastDNS=no\n"),
                            ("etc/nsswitch.conf", "hosts: files resolve [!UNAVAIL=return] dns\npasswd: files\ngroup: files\n")):
            (folder / place).write_text(text)
        made = [p for p in map(pathlib.Path, ("/run/systemd", "/run/systemd/resolve", "/etc/systemd")) if not p.exists()]
        for place in made:
            place.mkdir()
            self.addCleanup(place.rmdir)
        mounts = [(folder / "etc" / name, f"/etc/{name}") for name in ("passwd", "group", "nsswitch.conf")]
        mounts += [(folder / "run" / "systemd" / "resolve", "/run/systemd/resolve"), (folder / "etc", "/etc/systemd")]
        before = list(self.world.mounts)
        self.world.mounts += mounts
        self.addCleanup(self.world.mounts.__setitem__, slice(None), before)
        daemon = subprocess.Popen(self.world.inside(["env", f"LD_LIBRARY_PATH={libraries}/systemd", root / "lib" / "systemd" / "systemd-resolved"]),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.kill)
        socket_path = folder / "run" / "systemd" / "resolve" / "io.systemd.Resolve"
        self.world.wait_for(socket_path.exists, "systemd-resolved to listen")
        lookup = f"export LD_LIBRARY_PATH={libraries}; getent hosts {{}}"
        self.assertIn("10.9", self.world.direct(lookup.format("github.com")), "resolved answers")
        for handling in "allow", "deny":
            script = f"{lookup.format('github.com')}; getent hosts allowed.test"
            r = self.sh(policy("allow", more=f"delegation: {{resolved: {handling}}}"), script)
            self.assertIn("allowed.test", r.out, r)
            self.assertEqual("github.com" in r.out, handling == "allow", r)
        self.blocked(r, "github.com")
        self.assertTrue(r.find(event="unix", action="blocked", reason="delegation.resolved"), r)

    def test_23_loopback(self):
        r = self.sh(policy(), f"{sys.executable} -m http.server 8899 --bind 127.0.0.1 >/dev/null 2>&1 & sleep 0.7; "
                              "curl -sS -o /dev/null -m 3 http://127.0.0.1:8899/; kill %1")
        self.assertTrue(r.find(event="connect", action="allowed", ip="127.0.0.1", port=8899, reason="delegation.loopback_proxy"), r)


if __name__ == "__main__":
    unittest.main()

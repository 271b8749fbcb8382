#!/usr/bin/env python3
"""make demo-guard: a deploy script that depends on what it deploys, in three ways, seen and then stopped.

    deploy/demo-guard/run.py BUILD

Everything happens in two network namespaces of its own and is gone at the end.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SERVER = "10.77.0.2"


def say(text=""):
    print(text, flush=True)


def title(text):
    say(f"\n== {text}")


class Network:
    """A host to deploy from, and a host with everything else."""

    def __init__(self, folder):
        self.folder = folder
        self.host, self.internet = f"hdg{os.getpid()}a", f"hdg{os.getpid()}b"
        self.children = []

    def __enter__(self):
        def ip(*words):
            subprocess.run(["ip", *words], check=True)
        for space in (self.host, self.internet):
            ip("netns", "add", space)
            ip("-n", space, "link", "set", "lo", "up")
        ip("link", "add", "veth0", "netns", self.host, "type", "veth", "peer", "name", "veth0", "netns", self.internet)
        for space, address in ((self.host, "10.77.0.1"), (self.internet, SERVER)):
            ip("-n", space, "addr", "add", address + "/24", "dev", "veth0")
            ip("-n", space, "link", "set", "veth0", "up")
        (self.folder / "resolv.conf").write_text(f"nameserver {SERVER}\n")
        self.start(self.internet, "web", SERVER)
        self.start(self.host, "cache", SERVER)
        return self

    def start(self, space, *words):
        child = subprocess.Popen(["ip", "netns", "exec", space, sys.executable, HERE / "services.py", *words],
                                 stdout=subprocess.PIPE, text=True)
        self.children.append(child)
        if child.stdout.readline() != "READY\n":
            raise SystemExit(f"demo-guard: the service '{words[0]}' did not start")

    def __exit__(self, *error):
        for child in self.children:
            child.kill()
            child.wait()
        for space in (self.host, self.internet):
            subprocess.run(["ip", "netns", "del", space], check=False)

    def run(self, command):
        """On the deploying host. Only its network and resolv.conf are other than this machine's."""
        mount = f'mount --bind {self.folder}/resolv.conf /etc/resolv.conf && exec "$@"'
        return subprocess.run(["nsenter", f"--net=/run/netns/{self.host}", "unshare", "-m", "sh", "-c", mount, "sh",
                               *map(str, command)], check=False).returncode


def guarded(network, haldane, folder, mode, script):
    out = folder / mode
    command = [haldane, "guard", "run", "--policy", HERE / "guard.yaml", "--mode", mode, "--out", out, "--", script]
    say(f"$ haldane guard run --policy guard.yaml --mode {mode} -- ./{script.name}")
    started = time.monotonic()
    code = network.run(command)
    say(f"(exit code {code}, {time.monotonic() - started:.1f} s)")
    return code, next(out.glob("*.md")).read_text()


def expect(report, *words):
    missing = [word for word in words if word not in report]
    if missing:
        raise SystemExit(f"demo-guard: the report does not mention {missing}")


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    if os.geteuid() != 0:
        raise SystemExit("demo-guard: run as root: scripts are put into groups and network namespaces of their own")
    haldane = pathlib.Path(sys.argv[1]).resolve() / "cli" / "haldane"
    folder = pathlib.Path(tempfile.mkdtemp(prefix="haldane-demo-guard-"))
    try:
        for name in ("deploy.sh", "tools"):
            source = HERE / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
        with Network(folder) as network:
            title("Observe: nothing is stopped, everything is written down")
            code, report = guarded(network, haldane, folder, "observe", folder / "deploy.sh")
            expect(report, "Direct", "Hidden", "Delegated", "code.example", "updates.code.example", "127.0.0.1:8081", "migrate")
            if code != 0:
                raise SystemExit("demo-guard: observing changed the script's exit code")
            say("\n" + report)
            title("Enforce: as if the code host were down already")
            _, report = guarded(network, haldane, folder, "enforce", folder / "deploy.sh")
            expect(report, "code.example", "updates.code.example", "127.0.0.1:8081")
            say("\n" + report)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

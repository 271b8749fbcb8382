"""A network of our own for scripts under guard: two namespaces, a wire, our servers.

Nothing of the machine is touched; everything is gone when the world is closed.
"""
import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
BUILD = pathlib.Path(os.environ.get("HALDANE_BUILD", ROOT / "build" / "ci"))
HALDANE = BUILD / "cli" / "haldane"
CLIENTS = BUILD / "tests" / "guard" / "network"
NAMESERVER, NAMESERVER6 = "10.9.0.2", "fd09::2"
WEB, OTHER, RAW, WEB6 = "10.9.0.3", "10.9.0.4", "10.9.0.5", "fd09::3"

POLICY = """version: 1
name: test
mode: enforce
default: {default}
rules:
  - {{deny: {{suffix: github.com}}, reason: circular, owner: team-infra}}
{rules}
{more}
"""


def policy(default="resolved", rules="", more=""):
    return POLICY.format(default=default, rules=rules, more=more)


class Result:
    def __init__(self, code, out, err, seconds, folder):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds
        self.folder = folder
        records = sorted(folder.glob("*.jsonl"))
        self.events = [json.loads(line) for line in records[-1].read_text().splitlines()] if records else []
        summaries = sorted(folder.glob("*.json"))
        self.summary = json.loads(summaries[-1].read_text()) if summaries else {}
        self.log = "".join(p.read_text() for p in folder.glob("*.log"))

    def find(self, **wanted):
        """Events that have these members."""
        return [e for e in self.events if all(e.get(k) == v for k, v in wanted.items())]

    @property
    def complete(self):
        return self.events[-1].get("audit_complete")

    def __str__(self):
        shown = [{k: e.get(k) for k in ("event", "action", "reason", "domain", "ip", "port", "cmd")} for e in self.events]
        return f"exit {self.code} after {self.seconds:.2f} s\n--- out\n{self.out}\n--- err\n{self.err}\n--- events\n" + \
            "\n".join(map(json.dumps, shown))


class World:
    numbers = itertools.count()

    def __init__(self):
        name = f"hg{os.getpid()}n{next(self.numbers)}"
        self.client, self.server = name + "c", name + "s"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="haldane-guard-"))
        self.children = []
        self.mounts = []  # what else is at another place on the client's side: (what, where)
        self.runs = itertools.count()
        try:
            self.build()
        except BaseException:
            self.close()
            raise

    def build(self):
        ip = lambda *words: subprocess.run(["ip", *words], check=True, capture_output=True)  # noqa: E731
        for space in (self.client, self.server):
            ip("netns", "add", space)
            ip("-n", space, "link", "set", "lo", "up")
        ip("link", "add", "veth0", "netns", self.client, "type", "veth", "peer", "name", "veth0", "netns", self.server)
        for space, hosts in ((self.client, [1]), (self.server, [2, 3, 4, 5])):
            for host in hosts:
                ip("-n", space, "addr", "add", f"10.9.0.{host}/24", "dev", "veth0")
                ip("-n", space, "addr", "add", f"fd09::{host}/64", "dev", "veth0", "nodad")
            ip("-n", space, "link", "set", "veth0", "up")
        ip("-n", self.client, "route", "add", "default", "via", NAMESERVER)
        ip("-n", self.client, "-6", "route", "add", "default", "via", NAMESERVER6)
        # Every other address is there as well, for tests with many.
        ip("-n", self.server, "route", "add", "local", "10.9.0.0/16", "dev", "lo")
        (self.folder / "resolv.conf").write_text(f"nameserver {NAMESERVER}\noptions timeout:2 attempts:2\n")
        (self.folder / "hosts").write_text("127.0.0.1 localhost\n")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-days", "2",
                        "-keyout", self.folder / "key.pem", "-out", self.folder / "cert.pem"], check=True,
                       capture_output=True)
        self.start(HERE / "dns_server.py", NAMESERVER, NAMESERVER6)
        self.start(HERE / "web_server.py", self.folder / "cert.pem", self.folder / "key.pem")

    def start(self, script, *words):
        log = self.folder / (script.stem + ".log")
        command = ["ip", "netns", "exec", self.server, sys.executable, "-u", str(script), *map(str, words)]
        with open(log, "w") as out:
            self.children.append(subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT))
        self.wait_for(lambda: "READY" in log.read_text(), f"{script.name} to listen")

    @staticmethod
    def wait_for(condition, what, seconds=20):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s in vain for {what}")
            time.sleep(0.01)

    def asked(self):
        """Questions that reached the real name server."""
        lines = (self.folder / "dns_server.log").read_text().splitlines()
        return [line.split()[0] for line in lines if line != "READY"]

    def inside(self, words):
        """The command, on the client's side of the wire, with our resolv.conf and hosts. Its /sys is the machine's."""
        ours = [(self.folder / "resolv.conf", "/etc/resolv.conf"), (self.folder / "hosts", "/etc/hosts"), *self.mounts]
        mounts = " && ".join(f"mount --bind {what} {where}" for what, where in ours)
        return ["nsenter", f"--net=/run/netns/{self.client}", "unshare", "-m", "sh", "-c", mounts + ' && exec "$@"', "sh",
                *map(str, words)]

    def command(self, policy_text, words, *options, binary=HALDANE, prefix=()):
        folder = self.folder / f"run{next(self.runs)}"
        folder.mkdir()
        (folder / "policy.yaml").write_text(policy_text)
        return folder, self.inside([*prefix, binary, "guard", "run", "--policy", folder / "policy.yaml", "--out", folder / "out",
                                    *options, "--", *words])

    def spawn(self, policy_text, words, *options, binary=HALDANE, prefix=(), **more):
        """A run that goes on: its process and its folder. `prefix`: a command that executes it."""
        folder, command = self.command(policy_text, words, *options, binary=binary, prefix=prefix)
        with open(folder / "stdout", "w") as out, open(folder / "stderr", "w") as err:
            process = subprocess.Popen(command, stdout=out, stderr=err, cwd=self.folder, **more)
        return process, folder

    def finish(self, process, folder, started=None, seconds=60):
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()  # its proxy ends the rest
            process.wait()
            raise
        took = time.monotonic() - started if started else 0
        return Result(code, (folder / "stdout").read_text(), (folder / "stderr").read_text(), took, folder / "out")

    def run(self, policy_text, words, *options, seconds=60, **more):
        started = time.monotonic()
        process, folder = self.spawn(policy_text, words, *options, **more)
        return self.finish(process, folder, started, seconds)

    def sh(self, policy_text, script, *options, **more):
        return self.run(policy_text, ["bash", "-c", script], *options, **more)

    def direct(self, script):
        """What the script prints without a guard."""
        return subprocess.run(self.inside(["bash", "-c", script]), check=True, capture_output=True, text=True,
                              cwd=self.folder).stdout

    def close(self):
        for child in self.children:
            child.send_signal(signal.SIGKILL)
            child.wait()
        for space in (self.client, self.server):
            subprocess.run(["ip", "netns", "del", space], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def unpacked(*packages):
    """The folder with these packages' files, which are not installed."""
    folder = ROOT / "build" / "packages"
    subprocess.run([ROOT / "scripts" / "fetch-packages.sh", folder, *packages], check=True)
    return folder


def leftovers():
    """Groups and processes of runs that should be over."""
    groups = [str(p) for p in pathlib.Path("/sys/fs/cgroup").glob("*/haldane-guard*")]
    names = subprocess.run(["pgrep", "-x", "haldane-guard"], capture_output=True, text=True).stdout.split()
    return groups + names

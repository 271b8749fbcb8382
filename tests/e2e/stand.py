"""One host of a fleet, on this machine: a controller, an agent, and Ruby processes
that do what they are told."""
import ctypes
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import time

import leftovers

SERVICE = "web"
EVALUATE = leftovers.ROOT / "tests" / "bpf" / "ruby" / "evaluate.rb"
AGENT_CONFIG = """\
host: host-1
controller: 127.0.0.1:{port}
kill_switch: {folder}/kill
scope: {{environment: {{HALDANE_STAND: {mark}}}}}
"""
PLAN = """\
rollout: {name}
service: web
canary: {{revision: new}}
baseline: {{revision: old}}
observe: {{min: 10m, max: 20m, warmup: 0s}}
min_hosts: 1
"""


def wait_for(what, find, seconds=30):
    """What `find` finds, once it finds something. AssertionError after so long."""
    deadline = time.monotonic() + seconds
    while True:
        found = find()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not so: {what}")
        time.sleep(0.02)


class Ruby:
    """A Ruby process of the service; evaluates lines."""

    def __init__(self, mark, revision, command):
        environment = {**os.environ, "HALDANE_STAND": mark, "HALDANE_SERVICE": SERVICE, "HALDANE_REVISION": revision}
        self.process = subprocess.Popen([command, "-W0", str(EVALUATE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=environment, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def evaluate(self, line):
        self.tell(line)
        return self.process.stdout.readline().strip()

    def stop(self):
        self.process.kill()
        self.process.communicate()


class Stand:
    """Everything that runs; stop() ends it."""

    def __init__(self, build, folder, budget=""):
        self.build, self.folder = pathlib.Path(build), pathlib.Path(folder)
        self.mark = self.folder.name
        self.rubies, self.running = [], []
        self.controller = self.start("controller", [self.binary("haldane-controller"), "--listen", "127.0.0.1:0",
                                                    "--database", str(self.folder / "haldane.db")])
        self.port = int(wait_for("the controller listens", lambda: self.logged("controller", r"127\.0\.0\.1:([1-9]\d*)")))
        config = self.folder / "agent.yaml"
        config.write_text(AGENT_CONFIG.format(port=self.port, folder=self.folder, mark=self.mark) + budget)
        self.agent = self.start_agent()

    def binary(self, name):
        for path in (self.build / name, *self.build.glob(f"*/{name}")):
            if path.is_file():
                return str(path)
        raise AssertionError(f"{self.build} has no {name}")

    def start(self, name, command):
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.running.append(process)
        return process

    def start_agent(self):
        return self.start("agent", [self.binary("haldane-agent"), "--config", str(self.folder / "agent.yaml")])

    def logged(self, name, pattern):
        """The first group of the pattern in a log, or none."""
        path = self.folder / f"{name}.log"
        found = re.search(pattern, path.read_text(errors="replace")) if path.exists() else None
        return found and (found[1] if found.groups() else found[0])

    def ruby(self, revision, command="ruby"):
        ruby = Ruby(self.mark, revision, command)
        self.rubies.append(ruby)
        return ruby

    def haldane(self, *arguments):
        """Runs the command line; its standard output, parsed if it is JSON."""
        run = subprocess.run([self.binary("haldane"), *arguments, "--server", f"127.0.0.1:{self.port}"],
                             capture_output=True, text=True, check=False)
        assert run.returncode == 0, f"haldane {' '.join(arguments)}: {run.stdout}{run.stderr}"
        return json.loads(run.stdout) if "json" in arguments else run.stdout

    def open_rollout(self, name, signals=""):
        """`signals`: the line of the plan that names them; without one, those by default."""
        plan = self.folder / f"{name}.yaml"
        plan.write_text(PLAN.format(name=name) + signals)
        self.haldane("rollout", "create", "--plan", str(plan))

    def host(self):
        """What the controller knows of the host; nothing before its first report."""
        return next(iter(self.haldane("fleet", "list", "-o", "json").get("hosts", [])), {})

    def rollout(self, name):
        return self.haldane("rollout", "get", name, "-o", "json")

    def counts(self, name):
        """What the rollout knows of the sides of the one host: exceptions by cohort."""
        return {h["cohort"]: int(h.get("exceptions", 0)) for h in self.rollout(name).get("hosts", [])}

    def stop(self):
        for ruby in self.rubies:
            ruby.stop()
        for process in reversed(self.running):
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.running:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def held_by(pid):
    """Ids of the BPF links, programs and maps that a process's threads have open, as {kind: ids}."""
    found = {"link": set(), "prog": set(), "map": set()}
    for entry in pathlib.Path(f"/proc/{pid}/task").glob("*/fdinfo/*"):
        try:
            text = entry.read_text()
        except OSError:
            continue
        for kind, number in re.findall(r"^(link|prog|map)_id:\s*(\d+)$", text, re.M):
            # A link's entry names its program, too.
            if kind == "prog" and "link_id" in text:
                continue
            found[kind].add(int(number))
    return found


# Of bpf(2): the next id there is. It is what bpftool asks, which then looks through
# all processes for who holds what.
SYS_BPF = 321
GET_NEXT_ID = {"prog": 11, "map": 12, "link": 31}


def alive(kind, ids):
    """Those of the ids that the kernel still knows."""
    def is_alive(number):
        attribute = ctypes.create_string_buffer(128)
        struct.pack_into("I", attribute, 0, number - 1)
        found = ctypes.CDLL(None).syscall(SYS_BPF, GET_NEXT_ID[kind], attribute, len(attribute)) == 0
        return found and struct.unpack_from("I", attribute, 4)[0] == number
    return {number for number in ids if is_alive(number)}


def breakpoints(pid):
    """How many bytes of a process's libruby are not those of the file."""
    count = 0
    for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
        addresses, permissions, offset, _, _, *path = line.split()
        if permissions != "r-xp" or not path or "libruby" not in path[0]:
            continue
        start, end = (int(address, 16) for address in addresses.split("-"))
        with open(f"/proc/{pid}/mem", "rb") as memory, open(path[0], "rb") as file:
            memory.seek(start)
            file.seek(int(offset, 16))
            text, code = memory.read(end - start), file.read(end - start)
        if text != code:
            count += sum(a != b for a, b in zip(text, code))
    return count


def attached_programs(pid):
    """Names of the programs that a process's links hold, as the kernel cuts them."""
    links = held_by(pid)["link"]
    listed = json.loads(subprocess.run(["bpftool", "-j", "link", "list"], check=True, capture_output=True).stdout or "[]")
    programs = {link["prog_id"] for link in listed if link["id"] in links}
    listed = json.loads(subprocess.run(["bpftool", "-j", "prog", "list"], check=True, capture_output=True).stdout)
    return {program.get("name", "") for program in listed if program["id"] in programs}

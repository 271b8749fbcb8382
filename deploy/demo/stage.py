"""The demo's stage: pretended hosts, each a Puma cluster with its agent and load, and one controller."""
import pathlib

from processes import DemoError, free_port

HERE = pathlib.Path(__file__).resolve().parent
SERVICE = "shop"
BASELINE_REVISION = "abc123"
CONNECTIONS_PER_HOST = 2

# The scope is what makes one machine look like many to the agents; the name of
# the run keeps two demos on one machine apart. The budget is one for a host, and
# here each of six agents sees the system calls of all six.
AGENT_CONFIG = """\
host: {host}
controller: 127.0.0.1:{port}
scope: {{environment: {{HALDANE_HOST: {host}, DEMO_RUN: {run}}}}}
budget: {{cpu_percent: 50}}
labels:
  service: {{environment: HALDANE_SERVICE}}
  revision: {{environment: HALDANE_REVISION}}
  host: {{environment: HALDANE_HOST}}
"""


class Stage:
    """Everything that runs. Hosts web-1 to web-3 serve the baseline, the others the canary."""

    def __init__(self, programs, binaries, folder):
        self.programs = programs
        self.binaries = pathlib.Path(binaries)
        self.folder = pathlib.Path(folder)
        self.controller_port = free_port()
        self.http_port = free_port()
        self.baseline = ["web-1", "web-2", "web-3"]
        self.canary = ["web-4", "web-5", "web-6"]
        self.ports = {host: free_port() for host in self.baseline + self.canary}
        self.pumas = {}
        self.load = []

    def start(self):
        controller = self.programs.start("controller", [
            self.binary("haldane-controller"), "--listen", f"127.0.0.1:{self.controller_port}",
            "--http", f"127.0.0.1:{self.http_port}",
            "--database", str(self.folder / "haldane.db")])
        self.start_pumas(self.baseline, BASELINE_REVISION, {})
        self.programs.wait_listening(controller, self.controller_port)
        for host in self.baseline + self.canary:
            config = self.folder / f"{host}.yaml"
            config.write_text(AGENT_CONFIG.format(host=host, run=self.folder.name, port=self.controller_port))
            self.programs.start(f"agent-{host}", [self.binary("haldane-agent"), "--config", str(config)])

    def deploy(self, revision, defect):
        """Puts a revision on the canary's hosts: stops what runs there and starts the new one."""
        self.stop_load()
        self.programs.stop([self.pumas.pop(host) for host in self.canary if host in self.pumas])
        self.start_pumas(self.canary, revision, defect)

    def start_pumas(self, hosts, revision, defect):
        for host in hosts:
            self.pumas[host] = self.programs.start(
                f"puma-{host}", ["puma", "-C", str(HERE / "app" / "puma.rb")],
                {"PORT": str(self.ports[host]), "DEMO_RUN": self.folder.name, "DEMO_CACHE": str(self.folder / f"cache-{host}"),
                 "HALDANE_HOST": host, "HALDANE_SERVICE": SERVICE, "HALDANE_REVISION": revision, **defect})
        for host in hosts:
            self.programs.wait_listening(self.pumas[host], self.ports[host])

    def start_load(self, seconds):
        """The same load on every host, for at most so long."""
        self.load = [
            self.programs.start(f"load-{host}", ["wrk", "-t1", f"-c{CONNECTIONS_PER_HOST}", f"-d{seconds}s",
                                                 f"http://127.0.0.1:{port}/products"])
            for host, port in self.ports.items()]

    def stop_load(self):
        self.programs.stop(self.load)
        self.load = []

    def binary(self, name):
        for path in (self.binaries / name, *self.binaries.glob(f"*/{name}")):
            if path.is_file():
                return str(path)
        raise DemoError(f"{self.binaries} has no {name}; build it with `make build`")

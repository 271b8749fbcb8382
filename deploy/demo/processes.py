"""Starts programs in process groups of their own and is sure to stop them all."""
import contextlib
import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import time

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class DemoError(Exception):
    """Something did not go as it must; the message is for a person."""


class Interrupted(Exception):
    """A signal asked to stop."""

    def __init__(self, number):
        super().__init__(signal.Signals(number).name)
        self.number = number


def _raise_interrupted(number, _frame):
    raise Interrupted(number)


def raise_on_signals():
    """Ctrl-C, TERM and a closed terminal unwind the stack, so that `finally` cleans up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_interrupted)


def free_port():
    """A loopback port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listening(port):
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Program:
    """One running program, its process group and its log."""

    def __init__(self, name, process, log):
        self.name = name
        self.process = process
        self.log = log

    @property
    def group(self):
        return self.process.pid  # it leads its own session

    def alive(self):
        return self.process.poll() is None

    def signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.group, number)

    def group_alive(self):
        """True while any process of the group is left, unreaped ones apart."""
        self.process.poll()
        try:
            os.killpg(self.group, 0)
        except ProcessLookupError:
            return False
        return True

    def tail(self, lines=8):
        text = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(text[-lines:])


class Programs:
    """Every program that was started, in order."""

    def __init__(self, folder, outlive):
        self.folder = pathlib.Path(folder)
        self.outlive = outlive  # they may go on when this process is killed
        self.running = []

    def start(self, name, command, environment=None, stdout=None):
        """Starts `command`, its output in NAME.log. With `stdout`, only standard error goes there."""
        log = self.folder / f"{name}.log"

        def in_child():
            os.setsid()
            if not self.outlive:
                _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

        with log.open("ab") as output:
            process = subprocess.Popen(command, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
                                       stdout=stdout or output, stderr=output, preexec_fn=in_child)
        program = Program(name, process, log)
        self.running.append(program)
        return program

    def wait_listening(self, program, port, seconds=20):
        deadline = time.monotonic() + seconds
        while not listening(port):
            if not program.alive():
                raise DemoError(f"{program.name} ended with {program.process.returncode} instead of listening")
            if time.monotonic() > deadline:
                raise DemoError(f"{program.name} does not listen on 127.0.0.1:{port} after {seconds} s")
            time.sleep(0.02)

    def check_alive(self):
        for program in self.running:
            if not program.alive():
                raise DemoError(f"{program.name} ended with {program.process.returncode}")

    def stop(self, programs, patience=8):
        """Asks politely, waits, then kills; returns when every group is gone."""
        for program in programs:
            program.signal(signal.SIGTERM)
        deadline = time.monotonic() + patience
        while any(p.group_alive() for p in programs):
            if time.monotonic() > deadline:
                for program in programs:
                    program.signal(signal.SIGKILL)
            time.sleep(0.02)
        self.running = [p for p in self.running if p not in programs]

    def stop_all(self):
        self.stop(list(reversed(self.running)))

#!/usr/bin/env python3
"""The demo's stories as assertions: real Puma, real probes, real verdicts.

Needs HALDANE_BUILD, the folder of a build, and root.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import leftovers

DEMO = leftovers.ROOT / "deploy" / "demo" / "run.py"
BUILD = os.environ.get("HALDANE_BUILD", "")


class DemoTest(unittest.TestCase):
    """Runs the demo in a temporary folder of its own, so that what it leaves can be told from anything else."""

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("SKIPPED: loading BPF programs needs root")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="haldane-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.programs_before = leftovers.bpf_programs()

    def start_demo(self, *stories):
        demo = subprocess.Popen([sys.executable, str(DEMO), BUILD, *stories], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, start_new_session=True,
                                env={**os.environ, "TMPDIR": str(self.folder), "DEMO_KEEP": "",
                                     "DEMO_REPORT": str(self.folder / "report.json")})
        self.addCleanup(demo.stdout.close)
        self.addCleanup(demo.kill)
        return demo

    def assert_nothing_left(self):
        self.assertEqual(leftovers.wait_until_none(lambda: leftovers.processes(self.folder), 10), [])
        new = leftovers.wait_until_none(lambda: leftovers.bpf_programs() - self.programs_before, 10)
        self.assertEqual(new, set(), "BPF programs are still loaded")
        self.assertEqual(leftovers.bpf_links(new), set())


class Stories(DemoTest):
    def test_each_canary_gets_its_verdict_and_nothing_is_left(self):
        demo = self.start_demo()
        output, _ = demo.communicate()
        print(output)
        self.assertEqual(demo.returncode, 0)
        report = json.loads((self.folder / "report.json").read_text())
        stories = {s["story"]: s for s in report["stories"]}
        self.assertEqual(list(stories), ["good", "swallow", "errors"])
        for name, check in (("good", self.check_good), ("swallow", self.check_swallow), ("errors", self.check_errors)):
            with self.subTest(story=name):
                check(stories[name])
        self.assertLess(sum(s["seconds"] for s in report["stories"]), 180)
        self.assert_nothing_left()
        self.assertEqual([p.name for p in self.folder.iterdir()], ["report.json"])

    def check_good(self, story):
        self.assertEqual(story["exit_code"], 0)
        self.assertRegex(story["output"], r"(?i)proceed")
        self.assertNotRegex(story["output"], r"(?i)\bharmful\b")

    def check_swallow(self, story):
        self.assertEqual(story["exit_code"], 3)
        self.assertRegex(story["output"], r"(?i)roll(ed )?back")
        self.assertIn("Inventory::StaleCacheError", story["output"])

    def check_errors(self, story):
        self.assertEqual(story["exit_code"], 3)
        self.assertRegex(story["output"], r"(?i)roll(ed )?back")
        self.assertIn("http.5xx", story["output"])
        self.assertNotIn("Inventory::StaleCacheError", story["output"])


class Interrupt(DemoTest):
    def stop_at_the_gate(self, number):
        """Sends the signal while everything runs and probes are attached; the demo's exit code."""
        demo = self.start_demo("good")
        for line in demo.stdout:
            if re.match(r"\s+\| .*(observing|warming)", line, re.I):
                break
        else:
            self.fail("the gate never showed that it observes")
        self.assertTrue(leftovers.bpf_programs() - self.programs_before)
        demo.send_signal(number)
        demo.stdout.read()
        return demo.wait(timeout=30)

    def test_control_c_stops_everything(self):
        self.assertEqual(self.stop_at_the_gate(signal.SIGINT), 130)
        self.assert_nothing_left()
        self.assertEqual([p.name for p in self.folder.iterdir()], ["report.json"])

    def test_term_stops_everything(self):
        self.assertEqual(self.stop_at_the_gate(signal.SIGTERM), 143)
        self.assert_nothing_left()

    def test_even_a_killed_demo_leaves_nothing_running(self):
        self.assertEqual(self.stop_at_the_gate(signal.SIGKILL), -signal.SIGKILL)
        self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()

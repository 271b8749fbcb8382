#!/usr/bin/env python3
"""The GitHub action's step, with the real gate and a real controller.

    github_action_test.py HALDANE HALDANE_CONTROLLER
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

ACTION = pathlib.Path(__file__).resolve().parents[2] / "deploy/github-action/action.yml"
PLAN = "service: web\ncanary: {revision: b}\nbaseline: {revision: a}\nstages: [{name: first, hosts: 1}, {name: all, share: 1}]\n"
HALDANE, CONTROLLER = map(os.path.abspath, sys.argv[1:3])


def script():
    """The step's shell script, and the inputs that its environment has."""
    text = ACTION.read_text()
    run = re.search(r"^      run: \|\n((?:        .*\n)+)", text, re.M)[1]
    inputs = dict(re.findall(r"^        ([A-Z_]+): \$\{\{ inputs\.([a-z-]+) \}\}", text, re.M))
    defaults = dict(re.findall(r"^  ([a-z-]+):\n    description: .*\n    required: \w+\n    default: (.*)", text, re.M))
    return textwrap.dedent(run), {name: defaults.get(key, "").strip('"') for name, key in inputs.items()}


class GithubActionTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.path = pathlib.Path(self.directory.name)
        (self.path / "plan.yaml").write_text(PLAN)
        self.controller = subprocess.Popen(
            [CONTROLLER, "--listen", "127.0.0.1:0", "--database", str(self.path / "h.db")],
            stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.controller.stderr.close)
        self.addCleanup(self.controller.wait)
        self.addCleanup(self.controller.kill)
        for line in self.controller.stderr:
            event = json.loads(line)
            if event["event"] == "listening":
                self.server = event["address"]
                break

    def start(self, **inputs):
        text, environment = script()
        environment.update({"INPUT_HALDANE": HALDANE, "INPUT_PLAN": str(self.path / "plan.yaml"),
                            "HALDANE_SERVER": self.server, "GITHUB_OUTPUT": str(self.path / "outputs"),
                            "GITHUB_STEP_SUMMARY": str(self.path / "summary"), "PATH": os.environ["PATH"]}, **inputs)
        # As the runner calls a step of shell: bash.
        return subprocess.Popen(["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", text],
                                env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, step):
        stdout, stderr = step.communicate(timeout=60)
        read = lambda name: (self.path / name).read_text() if (self.path / name).exists() else ""
        outputs = dict((name, value) for name, _, value in re.findall(r"^(.+)<<(\w+)\n(.*)\n\2$", read("outputs"), re.M))
        return step.returncode, stdout + stderr, outputs, read("summary")

    def haldane(self, *arguments):
        return subprocess.run([HALDANE, *arguments, "--server", self.server], capture_output=True, text=True, check=False)

    def wait_for(self, rollout):
        deadline = time.monotonic() + 30
        while self.haldane("rollout", "get", rollout).returncode != 0:
            self.assertLess(time.monotonic(), deadline, f"{rollout} was not opened")

    def test_a_stop_fails_the_step_after_its_outputs_are_written(self):
        step = self.start(INPUT_ROLLOUT_NAME="web-1")
        self.wait_for("web-1")
        self.assertEqual(self.haldane("rollout", "abort", "web-1", "--reason", "wrong | revision").returncode, 0)
        code, log, outputs, summary = self.finish(step)
        self.assertEqual(code, 4, log)
        self.assertEqual(outputs, {"verdict": "aborted", "decided": "true", "reason": "Aborted: wrong | revision",
                                   "rollout": "web-1", "exit-code": "4"})
        self.assertIn("### Haldane: ABORTED", summary)
        self.assertIn("wrong \\| revision", summary)
        self.assertIn("\n::error title=Haldane%3A aborted::Aborted: wrong | revision", log)

    def test_an_override_passes_the_step_and_is_said_to_be_one(self):
        step = self.start(INPUT_ROLLOUT_NAME="web-2", INPUT_STAGE="first")
        self.wait_for("web-2")
        self.assertEqual(self.haldane("override", "apply", "web-2", "proceed", "--reason", "known").returncode, 0)
        code, log, outputs, summary = self.finish(step)
        self.assertEqual(code, 0, log)
        self.assertEqual(outputs["verdict"], "overridden")
        self.assertIn("not by the judge", summary)
        self.assertIn("::notice", log)

    def test_no_controller_is_no_verdict(self):
        code, log, outputs, _ = self.finish(self.start(HALDANE_SERVER="127.0.0.1:1", INPUT_TIMEOUT="1s"))
        self.assertEqual(code, 6, log)
        self.assertEqual((outputs["verdict"], outputs["decided"]), ("unreachable", "false"))

    def test_a_wrong_plan_is_annotated(self):
        (self.path / "plan.yaml").write_text("service: web\n")
        code, log, outputs, _ = self.finish(self.start())
        self.assertEqual(code, 2, log)
        self.assertEqual((outputs["verdict"], outputs["exit-code"]), ("error", "2"))
        self.assertIn("::error", log)

    def test_an_input_is_no_part_of_the_script(self):
        code, _, _, _ = self.finish(self.start(INPUT_ROLLOUT_NAME="$(touch hacked)\"; touch hacked; \"", INPUT_STAGE="x"))
        self.assertEqual(code, 2)
        self.assertFalse(pathlib.Path("hacked").exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

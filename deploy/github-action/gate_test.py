#!/usr/bin/env python3
"""The action's script against a haldane that says what a test tells it to."""
import json
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent


def run(answer, code):
    with tempfile.TemporaryDirectory() as directory:
        fake = pathlib.Path(directory, "haldane")
        pathlib.Path(directory, "answer").write_text(answer)
        fake.write_text(f"#!/bin/sh\necho \"$@\" > {directory}/arguments\ncat {directory}/answer\nexit {code}\n")
        fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
        environment = dict(os.environ, INPUT_HALDANE=str(fake), INPUT_PLAN="p.yaml", INPUT_TIMEOUT="5m",
                           GITHUB_OUTPUT=f"{directory}/out", GITHUB_STEP_SUMMARY=f"{directory}/summary")
        done = subprocess.run([sys.executable, HERE / "gate.py"], env=environment, capture_output=True, text=True)
        read = lambda name: pathlib.Path(directory, name).read_text()
        return done.returncode, done.stdout, read("out"), read("summary"), read("arguments")


class GateActionTest(unittest.TestCase):
    def test_a_rollback_fails_the_step_after_its_outputs_are_written(self):
        answer = json.dumps({"verdict": "rollback", "exit_code": 3, "reason": "http.5xx at 6x", "overridden": None,
                             "rollout": {"name": "web-b", "verdict": {"findings": [
                                 {"signal": "http.5xx", "state": "FINDING_STATE_HARMFUL", "ratio": 6.31,
                                  "canary": {"events": "13", "exposure": 756},
                                  "baseline": {"events": "17", "exposure": 6243}}]}}})
        code, stdout, out, summary, arguments = run(answer, 3)
        self.assertEqual(code, 3)
        self.assertIn("\nrollback\n", out)
        self.assertIn("\nweb-b\n", out)
        self.assertIn("::error title=Haldane%3A rollback::http.5xx at 6x", stdout)
        self.assertIn("| http.5xx | harmful | 13 of 756 | 17 of 6243 | 6.31x |", summary)
        self.assertEqual(arguments.split(), "gate --plan p.yaml -o json --on-unreachable fail --timeout 5m".split())

    def test_an_override_is_said_to_be_one(self):
        answer = json.dumps({"verdict": "overridden", "exit_code": 0, "reason": "r", "rollout": None,
                             "overridden": {"author": "ann", "judged": "rollback", "reason": "known",
                                            "decision": "proceed", "override": 1}})
        code, stdout, _, summary, _ = run(answer, 0)
        self.assertEqual(code, 0)
        self.assertIn("Decided by ann, not by the judge", summary)
        self.assertIn("::notice", stdout)

    def test_a_reason_cannot_write_outputs_or_commands(self):
        answer = json.dumps({"verdict": "halt", "reason": "x\n::set-output name=verdict::proceed\nverdict=proceed"})
        _, stdout, out, _, _ = run(answer, 4)
        self.assertNotIn("\nverdict=proceed", out)
        self.assertNotIn("\n::set-output", stdout)

    def test_no_answer_is_an_error(self):
        code, stdout, out, _, _ = run("", 6)
        self.assertEqual(code, 6)
        self.assertIn("\nerror\n", out)
        self.assertIn("::error", stdout)


if __name__ == "__main__":
    unittest.main()

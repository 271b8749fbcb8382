#!/usr/bin/env python3
"""Runs are told to a controller, also one that is away, and rollouts take them into account."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from guard_case import GuardCase  # noqa: E402
from failure_test import ASK, proxy_of  # noqa: E402
from world import BUILD, HALDANE, leftovers, policy  # noqa: E402

SEEN = "curl -s --max-time 2 http://github.com/?token=hunter2hunter2 --user bob:s3cr3t; true"
PLAN = """rollout: web-42
service: web
canary: {revision: new}
baseline: {revision: old}
guard: {max_blocked: 0}
"""


class Controller(GuardCase):
    def setUp(self):
        self.folder = self.world.folder / self._testMethodName
        self.folder.mkdir()
        self.address = f"unix:{self.folder}/socket"
        self.process = None

    def tearDown(self):
        self.stop()
        super().tearDown()

    def start(self):
        log = self.folder / "controller.log"
        with open(log, "w") as out:
            self.process = subprocess.Popen(
                [BUILD / "controller" / "haldane-controller", f"--listen={self.address}", "--metrics=", "--http=127.0.0.1:0",
                 f"--database={self.folder}/haldane.db"], stdout=out, stderr=out)
        self.world.wait_for(lambda: '"listening"' in log.read_text(), "the controller to listen")

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def ask(self, *words, code=0):
        r = subprocess.run([HALDANE, "--server", self.address, *map(str, words)], capture_output=True, text=True)
        self.assertEqual(r.returncode, code, r.stdout + r.stderr)
        return r.stdout if code == 0 else r.stderr

    def runs(self, *words):
        return json.loads(self.ask("guard", "list", "-o", "json", *words))["runs"]

    def options(self, deploy="web-42"):
        return ["--controller", self.address, "--deploy-id", deploy, "--service", "web"]

    def test_a_run_is_told_with_what_it_did(self):
        self.start()
        r = self.sh(policy(), SEEN, *self.options())
        self.assertEqual(r.code, 0, r)
        self.assertIn("is reported to the controller", r.err)
        [run] = self.runs("--deploy-id", "web-42")
        self.assertEqual(run["state"], "GUARD_RUN_STATE_FINISHED")
        self.assertEqual((run["counts"]["blocked_domains"], run["counts"]["audit_complete"]), ("1", True), run)
        self.assertEqual(run["findings"], [], "a list is without lists")
        whole = json.loads(self.ask("guard", "get", run["run_id"], "-o", "json"))
        self.assertEqual(whole["findings"][0]["name"], "github.com", whole)
        self.assertIn("curl", whole["findings"][0]["command"])
        self.assertIn("WARN DNS BLOCKED", whole["events"][0]["line"])
        text = json.dumps(whole) + self.ask("guard", "get", run["run_id"])
        self.assertNotIn("s3cr3t", text)
        self.assertNotIn("hunter2hunter2", text)
        found = self.ask("guard", "list", "--findings")
        self.assertRegex(found, r"blocked +direct +github.com +curl")
        self.assertEqual(self.runs("--deploy-id", "another"), [])
        listening = next(json.loads(line) for line in (self.folder / "controller.log").read_text().splitlines()
                         if '"listening"' in line)
        url = f"http://127.0.0.1:{listening['http_port']}/v1/guard"
        get = lambda path: json.load(urllib.request.urlopen(url + path))  # noqa: E731
        self.assertEqual(get("/runs?deploy_id=web-42")["runs"], [run])
        self.assertEqual(get("/runs/" + run["run_id"]), whole)
        self.assertEqual(get("/findings")["findings"][0]["hosts"], [run["host"]])

    def test_a_run_is_told_while_it_runs(self):
        self.start()
        script = f"echo begun; {ASK} github.com; while [ ! -e {self.folder}/go ]; do sleep 0.05; done"
        process, folder = self.world.spawn(policy(), ["bash", "-c", script], *self.options())
        self.world.wait_for(lambda: any(run["counts"]["blocked_domains"] == "1" for run in self.runs()), "the block")
        self.assertEqual(self.runs()[0]["state"], "GUARD_RUN_STATE_RUNNING")
        (self.folder / "go").write_text("")
        self.world.finish(process, folder)
        self.assertEqual(self.runs()[0]["state"], "GUARD_RUN_STATE_FINISHED")

    def test_a_controller_that_is_away_costs_the_script_nothing(self):
        r = self.sh(policy(), "date +%s.%N; true; date +%s.%N; exit 3", *self.options())
        self.assertEqual(r.code, 3, r)
        begun, ended = map(float, r.out.split())
        self.assertLess(ended - begun, 0.5, r)
        self.assertIn("has not answered", r.err)
        self.start()
        self.assertEqual(self.runs(), [], "nobody has sent it yet")
        self.ask("guard", "send", "--out", r.folder)
        [run] = self.runs()
        self.assertEqual((run["state"], run["exit_code"]), ("GUARD_RUN_STATE_FINISHED", 3))
        self.assertEqual([p.name for p in (r.folder / "spool").iterdir()], [])

    def test_a_controller_that_comes_back_hears_of_it(self):
        script = f"while [ ! -e {self.folder}/go ]; do sleep 0.05; done"
        process, folder = self.world.spawn(policy(), ["bash", "-c", script], *self.options())
        self.world.wait_for(lambda: list((folder / "out" / "spool").glob("*.report")), "a report that waits")
        self.start()
        self.world.wait_for(self.runs, "the report to be sent")
        (self.folder / "go").write_text("")
        r = self.world.finish(process, folder)
        self.assertIn("is reported to the controller", r.err)

    def test_a_run_whose_guard_was_killed_is_lost(self):
        self.start()
        process, folder = self.world.spawn(policy(), ["bash", "-c", "echo begun; sleep 60"], *self.options())
        self.world.wait_for(lambda: "begun" in (folder / "stdout").read_text(), "the script to begin")
        self.world.wait_for(self.runs, "the first report")
        proxy = proxy_of(process.pid)
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(proxy, signal.SIGKILL)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        self.world.wait_for(lambda: self.runs()[0]["state"] == "GUARD_RUN_STATE_LOST", "the loss to be told")
        self.assertFalse(self.runs()[0]["counts"]["audit_complete"])
        self.sh(policy(), "true")  # ends what was left
        self.world.wait_for(lambda: leftovers() == [], "the next run to end what was left")

    def test_a_guard_that_cannot_be_set_up_says_so(self):
        self.start()
        r = self.sh("version: 1\nname: x\nmode: enfroce\n", "true", *self.options())
        self.assertEqual(r.code, 120, r)
        [run] = self.runs()
        self.assertEqual(run["state"], "GUARD_RUN_STATE_SETUP_FAILED")
        self.assertIn("enfroce", run["failure"])

    def test_a_rollout_asks_what_the_guard_shows(self):
        self.start()
        (self.folder / "plan.yaml").write_text(PLAN)
        self.ask("rollout", "create", "--plan", self.folder / "plan.yaml")
        shown = lambda: json.loads(self.ask("rollout", "get", "web-42", "-o", "json"))  # noqa: E731
        self.world.wait_for(lambda: "guard" in shown()["verdict"], "the first judgement")
        self.assertIn("no guarded run of deploy web-42", shown()["verdict"]["guard"]["problems"][0])

        self.sh(policy(), f"{ASK} github.com; true", *self.options())
        self.world.wait_for(lambda: "names that were blocked: 1" in shown()["verdict"]["guard"]["problems"][0],
                            "the run to count")
        self.assertEqual(shown()["guard_runs"][0]["counts"]["blocked_domains"], "1")
        self.assertIn("Deploy guard: blocks proceed; 1 run", self.ask("rollout", "explain", "web-42"))

        self.sh(policy(), "true", *self.options())
        self.world.wait_for(lambda: shown()["verdict"]["guard"]["passed"], "the better run to count")
        self.assertIn("Deploy guard: shows what the plan asks", self.ask("rollout", "explain", "web-42"))


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""What administrators and auditors do, with the real programs: certificates for a trial, tokens, refusals, proofs of
logs, recordings.

    operators_test.py HALDANE HALDANE_CONTROLLER
"""
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest

PLAN = "service: web\ncanary: {revision: b}\nbaseline: {revision: a}\n"
HALDANE, CONTROLLER = map(os.path.abspath, sys.argv[1:3])


class OperatorsTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.path = pathlib.Path(self.directory.name)
        (self.path / "plan.yaml").write_text(PLAN)
        self.controller = None
        self.credentials = []

    def at(self, name):
        return str(self.path / name)

    def start(self, *flags):
        controller = subprocess.Popen([CONTROLLER, "--listen", "127.0.0.1:0", "--database", self.at("h.db"), *flags],
                                      stderr=subprocess.PIPE, text=True)
        self.addCleanup(controller.stderr.close)
        self.addCleanup(controller.wait)
        self.addCleanup(controller.kill)
        for line in controller.stderr:
            event = json.loads(line)
            if event["event"] == "listening":
                self.server = event["address"]
                break
        self.controller = controller

    def stop(self):
        self.controller.terminate()
        self.controller.wait()

    def haldane(self, *arguments, code=0, **environment):
        done = subprocess.run([HALDANE, *arguments, "--server", self.server, *self.credentials], capture_output=True,
                              text=True, check=False, timeout=60, env=dict(os.environ, **environment))
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def end(self, rollout):
        self.haldane("rollout", "create", "--plan", self.at("plan.yaml"), "--rollout-name", rollout)
        self.haldane("rollout", "abort", rollout, "--reason", "wrong revision")

    def change(self, sql):
        with sqlite3.connect(self.at("h.db")) as database:
            database.execute(sql)
        database.close()

    def test_a_log_that_was_changed_cut_or_lost_is_noticed(self):
        self.start()
        self.end("web-1")
        self.end("web-2")
        self.assertIn("2 logs", self.haldane("audit", "verify"))
        heads = self.haldane("audit", "verify", "--print-heads").splitlines()
        (self.path / "heads").write_text("\n".join(line for line in heads if line.startswith("web-")) + "\n")
        self.assertIn("0 broken", self.haldane("audit", "verify", "--heads", self.at("heads")))
        self.stop()

        # Somebody who knows the schema, but cannot compute what the heads say.
        self.change("UPDATE events SET payload = CAST('x' AS BLOB) WHERE rollout = 'web-1' AND kind = 'aborted'")
        self.start()
        self.assertIn("web-1", self.haldane("audit", "verify", code=1))
        self.stop()
        self.change("DELETE FROM events WHERE rollout = 'web-1' AND kind = 'aborted'")
        self.start()
        # What the controller has appended since does not hide it.
        self.assertRegex(self.haldane("audit", "verify", "--heads", self.at("heads"), code=1), "cut short|was rewritten")
        self.stop()
        self.change("DELETE FROM events WHERE rollout = 'web-1'")
        self.start()
        self.assertIn("the log is gone", self.haldane("audit", "verify", "--heads", self.at("heads"), code=1))

    def test_a_log_that_was_removed_because_of_its_age_is_no_loss(self):
        self.start()
        self.end("web-1")
        self.end("web-2")
        heads = self.haldane("audit", "verify", "--print-heads").splitlines()
        (self.path / "heads").write_text("\n".join(line for line in heads if line.startswith("web-")) + "\n")
        self.stop()
        # As the controller does it.
        self.change("INSERT INTO pruned SELECT rollout, sequence, digest, 0 FROM events "
                    "WHERE rollout = 'web-1' ORDER BY sequence DESC LIMIT 1")
        self.change("DELETE FROM events WHERE rollout = 'web-1'")
        self.start("--keep_ended", "2160h")
        self.assertIn("1 removed because of their age", self.haldane("audit", "verify", "--heads", self.at("heads")))

    def test_a_recording_says_what_the_rollout_said(self):
        self.start()
        self.end("web-1")
        self.haldane("audit", "export", "web-1", self.at("recording"))
        replayed = self.haldane("replay", self.at("recording"))
        self.assertIn("aborted after", replayed)

    def test_certificates_of_a_trial_have_their_roles(self):
        self.server = "127.0.0.1:1"
        self.haldane("dev-ca", self.at("ca"))
        self.start("--tls_cert", self.at("ca/controller.pem"), "--tls_key", self.at("ca/controller.key"), "--tls_ca",
                   self.at("ca/ca.pem"))
        who = lambda role: ["--tls-cert", self.at(f"ca/{role}.pem"), "--tls-key", self.at(f"ca/{role}.key"), "--tls-ca",
                            self.at("ca/ca.pem")]
        self.credentials = who("deployer")
        self.haldane("rollout", "create", "--plan", self.at("plan.yaml"), "--rollout-name", "web-1")
        override = ("override", "apply", "web-1", "proceed", "--reason", "known")
        self.haldane(*override, code=7)
        self.credentials = who("viewer")
        self.haldane("rollout", "get", "web-1")
        self.haldane("rollout", "abort", "web-1", "--reason", "no", code=7)
        self.credentials = who("oncall")
        self.haldane(*override)
        self.haldane("audit", "list", code=7)
        self.credentials = who("admin")
        records = self.haldane("audit", "list")
        self.assertIn("Overrides.Apply", records)
        self.assertIn("Rollouts.Abort", records)

        # A token instead of a certificate, until it is revoked.
        made = json.loads(self.haldane("token", "create", "--name", "ci", "--role", "deployer", "--service", "web", "-o",
                                       "json"))
        self.credentials = ["--tls-ca", self.at("ca/ca.pem")]
        self.haldane("rollout", "get", "web-1", HALDANE_TOKEN=made["secret"])
        self.haldane(*override, code=7, HALDANE_TOKEN=made["secret"])
        self.haldane("rollout", "get", "web-1", code=7)
        self.credentials = who("admin")
        self.assertIn("ci", self.haldane("token", "list"))
        self.haldane("token", "revoke", made["token"]["id"])
        self.credentials = ["--tls-ca", self.at("ca/ca.pem")]
        self.assertIn("revoked", self.haldane("rollout", "get", "web-1", code=7, HALDANE_TOKEN=made["secret"]))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

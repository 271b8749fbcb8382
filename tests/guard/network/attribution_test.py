#!/usr/bin/env python3
"""Every line names the right process, its command, its parents and the line of the script; never a guess."""
import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from guard_case import GuardCase  # noqa: E402
from world import CLIENTS, RAW, policy  # noqa: E402

FOLDER = pathlib.Path(__file__).parent
ASK = f"{sys.executable} {FOLDER}/ask.py"

SCRIPT = """#!/bin/bash
# a deploy
fetch() {
  getent hosts function.github.com
}
getent hosts plain.github.com
for i in 1 2; do
  getent hosts loop.github.com
done
fetch
(sleep 0.2; getent hosts background.github.com) &
getent hosts piped.github.com | cat
x=$(getent hosts substituted.github.com)
cat <<END
$(getent hosts heredoc.github.com)
END
./inner.sh
wait
true
"""


class Attribution(GuardCase):
    def burst(self, *options):
        """3,000 processes, 16 at a time, each asking for a name that holds its own pid."""
        r = self.world.run(policy(), [CLIENTS / "burst", "3000", "16", *options], seconds=110)
        events = r.find(event="dns")
        wrong = [e for e in events if e["domain"] != f"p{e['pid']}.burst.test"]
        self.assertEqual(wrong[:3], [], f"{len(wrong)} of {len(events)} are of another process")
        self.assertEqual(len({e["domain"] for e in events}), 3000, f"{len(events)} events; {r.err}")
        nameless = [e for e in events if f"/burst child {e['pid']}" not in e["cmd"].replace("  ", " ")]
        self.assertEqual(nameless[:3], [], "the command line is that of the process")
        self.assertTrue(r.complete, r.err)

    def test_27_burst_that_waits(self):
        self.burst("wait")

    def test_27_burst_that_exits_at_once_with_one_id(self):
        self.burst("leave")

    def test_29_exec_after_asking_and_threads(self):
        r = self.sh(policy(), f"{ASK} a.github.com; exec {sys.executable} -c 'import socket, threading\n"
                              "t = threading.Thread(target=lambda: socket.getaddrinfo(\"b.github.com\", 80))\nt.start(); t.join()'")
        first, second = self.blocked(r, "a.github.com"), self.blocked(r, "b.github.com")
        self.assertIn("ask.py", first["cmd"])
        self.assertIn("threading", second["cmd"], "what the process runs now")
        self.assertNotEqual(second["pid"], second["tid"])

    def test_script_lines(self):
        script, inner = self.world.folder / "deploy.sh", self.world.folder / "inner.sh"
        script.write_text(SCRIPT)
        inner.write_text("#!/bin/bash\n\n\ngetent hosts inner.github.com\ntrue\n")
        for path in (script, inner):
            path.chmod(0o755)
        r = self.world.run(policy(), [script])
        self.assertEqual(r.code, 0, r)
        lines = SCRIPT.splitlines()
        expected = {"plain": (6, "exact"), "loop": (9, "statement_end"), "function": (10, "call_site"),
                    "background": (11, "exact"), "piped": (12, "exact"), "substituted": (13, "exact"),
                    "heredoc": (16, "statement_end")}
        for name, (line, kind) in expected.items():
            place = self.blocked(r, name + ".github.com")["script"]
            self.assertEqual((place["file"], place["line"], place["kind"]), (str(script), line, kind), name)
            self.assertEqual(place["text"], lines[line - 1])
        event = self.blocked(r, "inner.github.com")
        self.assertEqual((event["script"]["line"], event["script"]["file"]), (4, str(inner)))
        self.assertEqual([a["comm"] for a in event["ancestry"]], ["inner.sh", "deploy.sh"])

    def test_denied_connects_have_lines_too(self):
        script = self.world.folder / "connect.sh"
        script.write_text(f"#!/bin/bash\n\ncurl -sS -m 3 http://{RAW}/\ntrue\n")
        script.chmod(0o755)
        r = self.world.run(policy(), [script])
        event = r.find(event="connect", action="blocked")[0]
        self.assertEqual((event["script"]["line"], event["script"]["kind"], event["cmd"]),
                         (3, "exact", f"curl -sS -m 3 http://{RAW}/"), r)

    def test_37_hostile_command_lines(self):
        script = (f"{ASK} a.github.com --timeout 3 $'line\\nbreak\\x01\\xff' ;"
                  f"{sys.executable} - --password hunter2 {'x' * 100000} <<'END'\nimport socket\n"
                  "try: socket.getaddrinfo('b.github.com', 80)\nexcept OSError: pass\nEND\n"
                  "cp $(command -v getent) ./gone; ./gone hosts c.github.com & sleep 0.02; rm gone; wait\n"
                  "curl -sS -u user:hunter2 http://d.github.com/; true")
        r = self.sh(policy(), script)
        raw = next((r.folder).glob("*.jsonl")).read_text()
        for line in raw.splitlines():
            json.loads(line)
        self.assertNotIn("hunter2", raw + r.log + r.err, "a secret in a log")
        event = self.blocked(r, "b.github.com")
        self.assertTrue(event["cmd_truncated"])
        self.assertLessEqual(len(event["cmd"]), 4200)
        self.assertEqual(self.blocked(r, "c.github.com")["comm"], "gone")
        self.assertEqual(len(r.log.splitlines()), len([e for e in r.events if e.get("action") == "blocked"]), "one line each")

    def test_ruby_and_dash_name_the_file(self):
        script = self.world.folder / "deploy.rb"
        script.write_text("require 'socket'\nAddrinfo.tcp('a.github.com', 80) rescue nil\n")
        r = self.world.run(policy(), ["ruby", script])
        self.assertEqual(self.blocked(r, "a.github.com")["script"]["file"], str(script))
        script = self.world.folder / "deploy.dash"
        script.write_text("getent hosts b.github.com\ntrue\n")
        r = self.world.run(policy(), ["dash", script])
        place = self.blocked(r, "b.github.com")["script"]
        self.assertEqual((place["file"], place["line"]), (str(script), 0), "dash does not say where it is")


if __name__ == "__main__":
    unittest.main()

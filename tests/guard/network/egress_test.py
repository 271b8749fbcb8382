#!/usr/bin/env python3
"""What leaves is judged wherever it goes and however it is sent, and what may not leave fails at once."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from guard_case import GuardCase  # noqa: E402
from world import OTHER, RAW, WEB, policy  # noqa: E402

FOLDER = pathlib.Path(__file__).parent
SEND = f"{sys.executable} {FOLDER}/send.py"


class Egress(GuardCase):
    def test_12_raw_addresses(self):
        r = self.sh(policy(), f"curl -sS -m 10 http://{RAW}/")
        self.assertEqual(r.code, 7, r)
        self.assertTrue(r.find(event="connect", action="blocked", ip=RAW, port=80, reason="no_lookup"), r)
        self.assertLess(r.seconds, 4, "a denied connect does not wait for a timeout")
        (self.world.folder / "ranges.txt").write_text(f"# provider\n{RAW}/32\n")
        rules = f"  - {{deny: {{list: {self.world.folder}/ranges.txt}}, reason: provider}}"
        r = self.sh(policy("allow", rules), f"curl -sS -m 5 http://{RAW}/; curl -sS -m 5 http://{OTHER}/")
        self.assertEqual(r.out, "hello\n", r)
        self.assertTrue(r.find(event="connect", action="blocked", ip=RAW, reason="provider"), r)

    def test_12_ports_and_protocols_of_a_network(self):
        rules = f"  - {{allow: {{cidr: {RAW}/32, ports: [9000], proto: tcp}}}}"
        r = self.sh(policy(rules=rules), f"curl -sS -m 5 http://{RAW}:9000/; curl -sS -m 5 http://{RAW}/; {SEND} udp {RAW} 9000")
        self.assertEqual(r.out.split(), ["hello", "PermissionError"], r)

    def test_13_names_without_a_lookup(self):
        deny_sni = policy("allow", more="sni: enforce")
        (self.world.folder / "hosts").write_text(f"127.0.0.1 localhost\n{WEB} github.com\n")
        self.addCleanup((self.world.folder / "hosts").write_text, "127.0.0.1 localhost\n")
        for client in ("curl -skS -m 8 https://github.com/", f"curl -skS -m 8 --resolve github.com:443:{WEB} https://github.com/"):
            r = self.sh(deny_sni, client)
            self.assertNotEqual(r.code, 0, r)
            self.assertTrue(r.find(event="sni", action="blocked", domain="github.com"), r)
            self.assertLess(r.seconds, 6)
        r = self.sh(policy("allow"), "curl -skS -m 8 https://github.com/")
        self.assertEqual(r.code, 0, "sni: observe only tells")
        self.assertTrue(r.find(event="sni", action="would_block", domain="github.com"), r)
        r = self.sh(policy("resolved"), "curl -sS -m 8 http://github.com/")
        self.assertEqual(r.code, 7, r)

    def test_14_shared_address(self):
        rules = "  - {deny: {exact: shared-bad.test}, reason: circular}"
        for order in ("shared-good.test shared-bad.test", "shared-bad.test shared-good.test"):
            r = self.sh(policy(rules=rules), f"for n in {order}; do getent hosts $n; done; curl -sS -m 5 http://shared-good.test/")
            self.assertIn("hello", r.out, r)

    def test_14_strict_address(self):
        rules = "  - {deny: {exact: shared-bad.test}, reason: circular, strict_ip: true}"
        r = self.sh(policy("allow", rules), "getent hosts shared-bad.test; curl -sS -m 5 http://shared-good.test/")
        self.assertTrue(r.find(event="connect", action="blocked", ip=OTHER), r)

    def test_15_resolve_then_connect_at_full_speed(self):
        r = self.sh(policy(), f"{SEND} race 5000")
        self.assertEqual(r.out.strip(), "0 denied", r)

    def test_16_short_ttl(self):
        more = "dns: {allow_lifetime: {ttl: {min: 4s, grace: 0s}}}"
        r = self.sh(policy(more=more), f"{SEND} keep short.test")
        self.assertEqual(r.out.split(), ["hello", "hello", "PermissionError"], "a connection survives its name, a new one needs it")

    def test_17_a_denial_ends_what_is_under_way(self):
        rules = "  - {deny: {exact: shared-bad.test}, reason: circular, strict_ip: true}"
        r = self.sh(policy("allow", rules), f"{SEND} denied-meanwhile shared-good.test shared-bad.test")
        self.assertEqual(r.out.split(), ["ConnectionAbortedError", "ConnectionAbortedError", "PermissionError"], r)
        self.assertLess(r.seconds, 5, "its owner is told at once")
        closed = [e for e in r.events if "under way" in e.get("detail", "")]
        self.assertEqual([(e["ip"], e["port"], e["proto"], e["action"]) for e in closed],
                         [(OTHER, 80, "tcp", "blocked"), (OTHER, 7777, "udp", "blocked")], r)
        self.assertTrue(all("denied-meanwhile" in e["cmd"] for e in closed), r)

        rules = rules.replace("shared-bad.test}", "shared-bad.test, ports: [443]}")
        for change, options in ((rules, ()), (rules.replace(", ports: [443]", ""), ("--mode", "observe"))):
            r = self.sh(policy("allow", change), f"{SEND} denied-meanwhile shared-good.test shared-bad.test", *options)
            self.assertNotIn("ConnectionAbortedError", r.out, "neither another port nor what is only observed")

    def test_18_encrypted_dns(self):
        r = self.sh(policy(), f"getent hosts allowed.test; {SEND} tcp {WEB} 853; {SEND} udp {WEB} 443; {SEND} tcp {WEB} 443;"
                              "getent hosts dns.google")
        self.assertEqual(r.out.split()[-3:], ["PermissionError", "PermissionError", "connected"], r)
        self.assertTrue(r.find(action="blocked", reason="encrypted_dns.dot"), r)
        self.assertTrue(r.find(action="blocked", reason="encrypted_dns.quic"), r)
        self.assertTrue(r.find(event="dns", action="blocked", domain="dns.google"), r)

    def test_22_raw_and_packet_sockets(self):
        r = self.sh(policy(), f"{SEND} packet; {SEND} raw; {SEND} vsock")
        self.assertEqual(r.out.split(), ["PermissionError"] * 3, r)

    def test_22_ping_socket_has_an_owner(self):
        r = self.sh(policy(), f"echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range; {SEND} ping {RAW}")
        self.assertIn("PermissionError", r.out, r)
        event = [e for e in r.events if e.get("ip") == RAW and e.get("action") == "blocked"][0]
        self.assertIn("send.py ping", event["cmd"])

    def test_24_new_network_namespace(self):
        r = self.sh(policy(), f"unshare -n sh -c 'ip link set lo up; getent hosts allowed.test; echo $?'")
        self.assertEqual(r.out.split(), ["2"], r)
        self.assertTrue(r.find(reason="network_namespace", action="blocked"), r)
        self.assertLess(r.seconds, 5)

    def test_25_other_ways_to_send(self):
        for way in ("fastopen", "mptcp", "mapped", "sendmmsg", "connected-datagram"):
            r = self.sh(policy(), f"{SEND} {way} {RAW}")
            self.assertEqual(r.out.strip(), "PermissionError", f"{way}: {r}")
            self.assertTrue([e for e in r.events if e.get("ip") == RAW and e.get("action") == "blocked"], f"{way}: {r}")

    def test_25_io_uring(self):
        r = self.sh(policy(), f"{SEND} uring {RAW}")
        if "unsupported" in r.out:
            self.skipTest("SKIPPED: this kernel has no io_uring")
        self.assertEqual(r.out.strip(), "EPERM", r)

    def test_28_probes_are_no_contacts(self):
        r = self.sh(policy(), "curl -sS -m 5 http://dual.test/")
        self.assertEqual(r.out, "hello\n", r)
        contacts = [e for e in r.events if e["event"] in ("connect", "packet")]
        self.assertEqual({e["proto"] for e in contacts}, {"tcp"}, "a resolver's sorting probe was taken for a contact")
        r = self.sh(policy(more="ipv6: deny"), "curl -sS -m 5 http://dual.test/")
        self.assertEqual(r.out, "hello\n", "without one family the other serves")

    def test_33_headers(self):
        r = self.sh(policy(), f"{SEND} options {RAW}; {SEND} fragments {RAW}; {SEND} extension fd09::5")
        self.assertEqual(r.out.split(), ["PermissionError"] * 3, r)

    def test_33_large_datagrams_are_fragmented_and_pass(self):
        rules = f"  - {{allow: {{cidr: {RAW}/32, ports: [7777]}}}}"
        r = self.sh(policy(rules=rules), f"{SEND} large {RAW} 7777")
        self.assertEqual(r.out.strip(), "8000 back", r)

    def test_observe_changes_nothing(self):
        r = self.sh(policy(), f"curl -sS -m 5 http://{RAW}/; curl -sS -m 5 http://github.com/; {SEND} udp {RAW} 7777", "--mode", "observe")
        self.assertEqual(r.out.split(), ["hello", "hello", "sent"], r)
        self.assertTrue(r.find(event="connect", action="would_block", ip=RAW), r)
        self.assertTrue(r.find(event="dns", action="would_block", domain="github.com"), r)

    def test_38_observe_and_enforce_decide_alike(self):
        script = f"getent hosts allowed.test; getent hosts www.github.com; {SEND} tcp {WEB} 80; {SEND} tcp {RAW} 80; {SEND} tcp {WEB} 853"

        def verdicts(*options):
            r = self.sh(policy(), script, *options)
            return {(e["event"], e.get("domain"), e.get("ip"), e.get("port"), e["action"] != "allowed", e.get("reason"))
                    for e in r.events if e["event"] in ("dns", "connect", "packet")}
        self.assertEqual(verdicts("--mode", "observe"), verdicts("--mode", "enforce"))


if __name__ == "__main__":
    unittest.main()

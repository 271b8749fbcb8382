#!/usr/bin/env python3
"""Lookups of every kind of client are led to the proxy, judged, and seem to come from the server that was asked."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from guard_case import GuardCase  # noqa: E402
from world import CLIENTS, NAMESERVER, NAMESERVER6, policy, unpacked  # noqa: E402

ASK = f"{sys.executable} {pathlib.Path(__file__).parent}/ask.py"


class Dns(GuardCase):
    def test_01_connected_glibc(self):
        r = self.sh(policy(), "getent hosts allowed.test && getent hosts github.com")
        self.assertEqual(r.code, 2, r)
        self.assertIn("10.9.0.3", r.out)
        self.blocked(r, "github.com", cmd="getent hosts github.com", attribution="flow")
        self.assertLess(r.seconds, 5)
        self.assertIn("WARN DNS BLOCKED reason=FromDNSRequest blocked=true blockedAt=dns domain=github.com. pid=", r.log)

    def test_02_unconnected_and_static_musl(self):
        r = self.sh(policy(), f"{ASK} --unconnected allowed.test; {ASK} --unconnected github.com")
        self.assertEqual(r.out.splitlines(), [f"NOERROR from {NAMESERVER}:53", f"NXDOMAIN from {NAMESERVER}:53"], r)
        r = self.sh(policy(), f"{CLIENTS}/resolve_static allowed.test; {CLIENTS}/resolve_static github.com")
        self.assertIn("10.9.0.3", r.out, r)
        self.blocked(r, "github.com", comm="resolve_static")
        self.assertLess(r.seconds, 2, "musl waited for a strict source that never came")

    def test_03_ipv6_resolver_and_names(self):
        r = self.sh(policy(), f"{ASK} --server {NAMESERVER6} six.test AAAA; {ASK} --server {NAMESERVER6} --unconnected github.com")
        self.assertEqual(r.out.splitlines(), [f"NOERROR from {NAMESERVER6}:53", f"NXDOMAIN from {NAMESERVER6}:53"], r)
        r = self.sh(policy(), "curl -sS -m 5 http://six.test/")
        self.assertEqual((r.code, r.out), (0, "hello\n"), r)

    def test_04_mapped_addresses(self):
        server = f"::ffff:{NAMESERVER}"
        r = self.sh(policy(), f"{ASK} --server {server} allowed.test; {ASK} --server {server} --unconnected github.com")
        self.assertEqual(r.out.splitlines(), [f"NOERROR from {server}:53", f"NXDOMAIN from {server}:53"], r)
        self.blocked(r, "github.com")

    def test_05_tcp_pipelined_and_split(self):
        r = self.sh(policy(), f"{ASK} --tcp allowed.test; {ASK} --pipeline allowed.test github.com; {ASK} --split github.com")
        first, pipelined, split = r.out.splitlines()
        self.assertEqual((first, split), (f"NOERROR from {NAMESERVER}:53", f"NXDOMAIN from {NAMESERVER}:53"), r)
        self.assertEqual(sorted(pipelined.split()), ["NOERROR", "NXDOMAIN"], "each is judged; any order (RFC 7766)")
        self.assertTrue(r.find(event="dns", domain="github.com", transport="tcp", attribution="flow"), r)

    def test_06_truncation_and_edns(self):
        r = self.sh(policy(), "dig +noall +answer +ignore big.test | wc -l; dig +noall +answer +bufsize=4096 big.test | wc -l;"
                              "dig +noall +answer +noedns big.test | wc -l")
        self.assertEqual(r.out.split(), ["60", "60", "60"] if r.out.split()[0] == "60" else ["0", "60", "60"], r)
        direct = self.world.direct(f"{ASK} --raw --edns 4096 --option 65001 allowed.test")
        r = self.sh(policy(), f"{ASK} --raw --edns 4096 --option 65001 allowed.test")
        self.assertEqual(r.out, direct, "an answer is passed on byte by byte, unknown options and all")

    def test_07_spellings(self):
        for name in ("GitHub.COM", "github.com.", "gItHuB.cOm", "www.GITHUB.com."):
            r = self.sh(policy(), f"{ASK} {name}")
            self.assertIn("NXDOMAIN", r.out, f"{name}: {r}")
        bücher = "  - {deny: {suffix: bücher.test}, reason: circular}"
        r = self.sh(policy(rules=bücher), f"{ASK} xn--bcher-kva.test")
        self.assertIn("NXDOMAIN", r.out, r)

    def test_08_label_boundaries(self):
        for name in ("notgithub.com", "xgithub.com", "github.com.evil.test"):
            r = self.sh(policy(), f"{ASK} {name}")
            self.assertIn("NOERROR", r.out, f"{name}: {r}")

    def test_09_chains(self):
        r = self.sh(policy(), f"{ASK} chain.test; {ASK} deep.dname.test; {ASK} loop1.test")
        self.assertEqual([line.split()[0] for line in r.out.splitlines()[:2]], ["NXDOMAIN", "NXDOMAIN"], r)
        self.assertEqual(len(r.out.splitlines()), 3, "a loop is answered, whatever the answer")
        event = self.blocked(r, "chain.test")
        self.assertEqual(event["matched_name"], "github.com")
        self.blocked(r, "deep.dname.test")

    def test_10_https_records(self):
        rules = "  - {allow: {exact: hint.test}}"
        r = self.sh(policy(rules=rules), f"{ASK} svc.test HTTPS; {ASK} github.com HTTPS; {ASK} hint.test HTTPS;"
                                         "curl -sS -m 3 http://10.9.0.4/")
        self.assertEqual([line.split()[0] for line in r.out.splitlines()[:3]], ["NXDOMAIN", "NXDOMAIN", "NOERROR"], r)
        self.assertIn("hello", r.out, "the address in a hint is learnt")

    def test_11_every_type(self):
        for kind in ("ANY", "TXT", "PTR", "SRV", "AAAA", "MX"):
            r = self.sh(policy(), f"{ASK} github.com {kind}")
            self.assertIn("NXDOMAIN", r.out, f"{kind}: {r}")

    def test_26_bound_sockets(self):
        r = self.sh(policy(), f"{ASK} --device veth0 allowed.test; {ASK} --source 10.9.0.1 allowed.test")
        self.assertIn("PermissionError", r.out, "out of the proxy's reach: fails at once")
        self.assertIn(f"NOERROR from {NAMESERVER}:53", r.out, r)
        self.assertTrue(r.find(reason="bound_to_device", action="blocked"), r)
        self.assertLess(r.seconds, 2)

    def test_31_upstream_troubles(self):
        r = self.sh(policy(), f"{ASK} servfail.test; {ASK} nothere.test; {ASK} spoof.test; {ASK} slow.test;"
                              f"{ASK} --timeout 8 silent.test")
        words = [line.split()[0] for line in r.out.splitlines()]
        self.assertEqual(words, ["SERVFAIL", "NXDOMAIN", "NOERROR", "NOERROR", "SERVFAIL"], r)
        self.assertEqual(r.find(event="dns", domain="spoof.test")[0]["answers"], ["10.9.0.3"], "a forged answer counted")

    def test_32_malformed(self):
        r = self.sh(policy(), f"{ASK} --malformed; {ASK} allowed.test")
        self.assertIn(f"NOERROR from {NAMESERVER}:53", r.out, "the proxy lives")
        self.assertEqual(r.complete, True)

    def test_clients_fail_fast(self):
        for client in ("curl -sS http://github.com/", "wget -q http://github.com/ -O /dev/null",
                       "git ls-remote https://github.com/a/b", "ssh -o BatchMode=yes github.com true",
                       "ruby -rsocket -e 'Addrinfo.tcp(\"github.com\", 80)'",
                       "ruby -rresolv -e 'Resolv.getaddress(\"github.com\")'", "dig +short github.com"):
            r = self.sh(policy(), client)
            self.blocked(r, "github.com")
            self.assertLess(r.seconds, 3, client)

    def test_01_go(self):
        """Go's own resolver, in a program that Debian has built."""
        hey = f"GODEBUG=netdns=go+1 {unpacked('hey')}/usr/bin/hey -n 1 -c 1"
        r = self.sh(policy(), f"{hey} http://allowed.test/; {hey} http://github.com/")
        self.assertIn("forcing use of Go's resolver", r.err, r)
        self.assertIn("[200]\t1 responses", r.out, "what is allowed is reached")
        self.assertIn("no such host", r.out, r)
        self.blocked(r, "github.com")
        self.assertLess(r.seconds, 5, r)

    def test_getpeername_shows_the_server(self):
        r = self.sh(policy(), f"{ASK} --peer allowed.test; {ASK} --peer --tcp allowed.test")
        self.assertEqual(r.out.split(), [f"{NAMESERVER}:53"] * 2, r)

    def test_search_list(self):
        (self.world.folder / "resolv.conf").write_text(f"nameserver {NAMESERVER}\nsearch search.test\n")
        self.addCleanup((self.world.folder / "resolv.conf").write_text, f"nameserver {NAMESERVER}\n")
        r = self.sh(policy(), "getent hosts host; getent hosts github.com")
        self.assertIn("host.search.test", r.out, r)
        self.blocked(r, "github.com")


if __name__ == "__main__":
    unittest.main()

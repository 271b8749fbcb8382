#!/usr/bin/env python3
"""The deploy guard in Debian's kernels, booted under qemu: with control groups of version 2 alone, and of version 1 alone."""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from initramfs import Initramfs  # noqa: E402
from machine import ROOT, Unavailable, boot, fetch_kernel  # noqa: E402

# Debian's release, and which version of control groups is mounted.
MACHINES = (("bookworm", "v2"), ("bookworm", "v1"), ("trixie", "v2"), ("sid", "v2"), ("bullseye", "v2"))
TRIES = 3  # software emulation on a busy machine sometimes loses a boot

INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tracefs tracefs /sys/kernel/tracing
ip link set lo up
ip route add 10.0.0.0/8 dev lo
run() {
  echo "== $1"
  printf 'version: 1\\nname: test\\nmode: enforce\\ndefault: allow\\n%s\\n' "$2" > /tmp/policy.yaml
  shift 2
  haldane guard run --policy /tmp/policy.yaml --out /tmp/out -- "$@"
  echo "EXIT $?"
}
limits() {
  run memory 'limits: {memory: 64MiB}' sh -c 'x=a; while true; do x=$x$x; done'
  run pids 'limits: {pids: 10}' sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 3 & done; wait'
  run cpu 'limits: {cpu: 20%}' sh -c 'i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done'
  run wall 'limits: {wall: 1s}' sleep 60
}
case $(cat /proc/cmdline) in
*groups=v2*)
  mount -t cgroup2 none /sys/fs/cgroup
  run lookup 'rules: [{deny: {suffix: github.com}, reason: circular}]' resolve api.github.com
  run connect 'rules: [{deny: {cidr: 10.0.0.0/8}, reason: inside}]' nc 10.1.2.3 80
  limits ;;
*groups=v1*)
  mount -t tmpfs none /sys/fs/cgroup
  for c in cpu memory pids; do mkdir /sys/fs/cgroup/$c; mount -t cgroup -o $c $c /sys/fs/cgroup/$c; done
  run refused '' true
  mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified
  limits ;;
esac
echo "== record"
cat /tmp/out/*.log
echo "DONE"
poweroff -f
"""


def build_image(haldane, resolver, path):
    image = Initramfs()
    for folder in ("proc", "sys", "dev", "tmp", "bin", "run", "root"):
        image.folder(folder)
    image.file("init", INIT.encode())
    image.file("etc/resolv.conf", b"nameserver 127.0.0.1\n", 0o644)
    image.file("etc/hosts", b"127.0.0.1 localhost\n", 0o644)
    image.program("/bin/busybox", "bin/busybox")
    image.program(haldane, "bin/haldane")
    image.program(resolver, "bin/resolve")
    image.write(path)


class GuardOnKernels(unittest.TestCase):
    haldane = resolver = ""
    outputs = {}

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        stripped = os.path.join(cls.folder.name, "haldane")
        subprocess.run(["strip", "-o", stripped, cls.haldane], check=True)
        cls.image = os.path.join(cls.folder.name, "image")
        build_image(stripped, cls.resolver, cls.image)
        with concurrent.futures.ThreadPoolExecutor(2) as two:
            cls.outputs = dict(zip(MACHINES, two.map(cls.boot, MACHINES)))

    @classmethod
    def boot(cls, machine):
        suite, groups = machine
        try:
            kernel = fetch_kernel(suite, os.path.join(ROOT, "build", "kernels"))
        except Unavailable as why:
            raise unittest.SkipTest(f"SKIPPED: {why}") from why
        for _ in range(TRIES):
            output = boot(kernel, cls.image, f"groups={groups}")
            if "\nDONE" in output:
                break
        return output

    def said(self, suite, groups):
        """What each run on that kernel printed, by its name, with its exit code."""
        output = self.outputs[suite, groups]
        self.assertIn("\nDONE", output, f"{suite} did not come to its end")
        parts = re.findall(r"== (\w+)\n(.*?)(?:EXIT (\d+)\n|DONE)", output, re.DOTALL)
        return {name: (int(code or 0), text) for name, text, code in parts}

    def check_limits(self, runs):
        for name, code, text in (("memory", 123, "were killed at limits.memory"), ("pids", 2, "could not be made at limits.pids"),
                                 ("cpu", 0, "cpu_throttled"), ("wall", 123, "longer than limits.wall")):
            self.assertEqual(runs[name][0], code, runs[name][1])
            self.assertIn(text, runs[name][1])

    def check_version_2(self, suite):
        runs = self.said(suite, "v2")
        self.assertIn("Name does not resolve", runs["lookup"][1], "a blocked name fails in its client")
        self.assertIn("Operation not permitted", runs["connect"][1], "a denied connect fails at once")
        record = runs["record"][1]
        self.assertRegex(record, r'WARN DNS BLOCKED .*domain=api\.github\.com\.? .*cmd="resolve api\.github\.com"')
        self.assertRegex(record, r'10\.1\.2\.3.*cmd="nc 10\.1\.2\.3 80"')
        self.check_limits(runs)

    def test_6_1_of_debian_12(self):
        self.check_version_2("bookworm")

    def test_6_12_of_debian_13(self):
        self.check_version_2("trixie")

    def test_the_newest(self):
        self.check_version_2("sid")

    def test_5_10_is_refused(self):
        runs = self.said("bullseye", "v2")
        for name in "lookup", "memory":
            self.assertEqual(runs[name][0], 120, runs[name][1])
            self.assertIn("use Linux 5.14 or later", runs[name][1])

    def test_version_1_alone_is_refused_until_its_remedy_is_followed(self):
        runs = self.said("bookworm", "v1")
        self.assertEqual(runs["refused"][0], 120, runs["refused"][1])
        self.assertIn("mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified", runs["refused"][1])
        self.check_limits(runs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--haldane", required=True, help="the built program")
    parser.add_argument("--resolver", required=True, help="a static program that looks its argument up")
    options, rest = parser.parse_known_args()
    GuardOnKernels.haldane, GuardOnKernels.resolver = options.haldane, options.resolver
    unittest.main(argv=sys.argv[:1] + rest)

#!/usr/bin/env python3
"""Boots Debian's kernels under qemu and looks whether the agent's programs load,
attach and count there. `--update` writes what was found to verified.json and to
the table in docs/operating.md; without it, what differs from verified.json by
more than the tolerance is a failure."""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from initramfs import Initramfs  # noqa: E402
from machine import ROOT, SUITES, Unavailable, boot, fetch_kernel  # noqa: E402

EXPECTED = os.path.join(HERE, "verified.json")
TABLE = os.path.join(ROOT, "docs", "operating.md")
MARKS = ("<!-- kernels: begin -->", "<!-- kernels: end -->")
# Compilers differ a little from one Debian release to the next.
TOLERANCE = 0.25
SLACK = 64
TRIES = 3  # software emulation on a busy machine sometimes loses a boot

INIT = """#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t tracefs tracefs /sys/kernel/tracing
/bin/busybox mount -t devtmpfs dev /dev
/kernel_check
echo "EXIT $?"
/bin/busybox poweroff -f
"""


def build_image(check, path):
    image = Initramfs()
    for folder in ("proc", "sys", "dev", "tmp", "bin"):
        image.folder(folder)
    image.file("init", INIT.encode())
    image.program("/bin/busybox", "bin/busybox")
    image.program(check, "kernel_check")
    image.write(path)


def parse(output):
    found = {"kernel": "", "profile": "", "missing": {}, "programs": {}, "groups": {}, "raise": "", "done": False,
             "failed": ""}
    for line in output.splitlines():
        # The firmware leaves its cursor commands before the first word.
        word, _, rest = re.sub(r"^.*\x1b\[2J", "", line.strip()).partition(" ")
        if word == "PROFILE":
            found["profile"] = rest.lower()
        elif word == "MISSING":
            name, _, reason = rest.partition(": ")
            found["missing"][name] = reason
        elif word == "PROGRAM":
            name, _, count = rest.partition(" ")
            found["programs"][name] = int(count)
        elif word == "GROUP":
            name, _, state = rest.partition(" ")
            if found["groups"].get(name) != "attached":
                found["groups"][name] = state
        elif word == "RAISE":
            found["raise"] = rest
        elif word == "FAILED":
            found["failed"] = rest
        elif word == "DONE":
            found["done"] = True
    return found


def problems_of(suite, found, expected):
    problems = []
    if not found["done"]:
        return [f"{suite}: the check did not come to its end: {found['failed'] or 'no answer'}"]
    if found["raise"] != "1000 1000":
        problems.append(f"{suite}: counted {found['raise'].replace(' ', ' exceptions of ')}")
    before = expected.get(suite)
    if before is None:
        return problems + [f"{suite}: not in verified.json; run with --update"]
    if found["profile"] != before["profile"]:
        problems.append(f"{suite}: profile is {found['profile']}, it was {before['profile']}")
    for name in sorted(set(found["missing"]) - set(before["missing"])):
        problems.append(f"{suite}: {name} is missing now: {found['missing'][name]}")
    for name, count in sorted(before["programs"].items()):
        now = found["programs"].get(name)
        if now is None:
            problems.append(f"{suite}: program {name} is not loaded any more; if that is meant, run with --update")
        elif now > count * (1 + TOLERANCE) + SLACK:
            problems.append(f"{suite}: the verifier walks {now} instructions of {name}, it was {count}: what has "
                            "grown so much? If that is meant, run with --update")
    for name in sorted(set(found["programs"]) - set(before["programs"])):
        problems.append(f"{suite}: program {name} is new, so nothing guards its size; run with --update")
    return problems


def table_of(results):
    lines = ["| kernel | profile | programs loaded | largest verified | count exact | not to be had |",
             "|---|---|---|---|---|---|"]
    for found in results.values():
        programs = found["programs"]
        largest = max(programs, key=programs.get) if any(programs.values()) else ""
        size = f"`{largest}`, {programs[largest]} instructions" if largest else "this kernel does not tell"
        absent = sorted(found["missing"]) + sorted(
            f"group {name}" for name, state in found["groups"].items()
            if state != "attached" and not state.startswith("gap: not asked for"))
        lines.append(f"| {found['kernel']} | {found['profile']} | {len(programs)} | {size} | "
                     f"{'yes' if found['raise'] == '1000 1000' else 'no'} | {', '.join(absent) or '-'} |")
    return "\n".join(lines)


def update(results):
    with open(EXPECTED, "w", encoding="utf-8") as file:
        kept = {suite: {key: found[key] for key in ("kernel", "profile", "missing", "programs")}
                for suite, found in results.items()}
        json.dump(kept, file, indent=1, sort_keys=True)
        file.write("\n")
    with open(TABLE, encoding="utf-8") as file:
        text = file.read()
    pattern = re.compile(re.escape(MARKS[0]) + ".*?" + re.escape(MARKS[1]), re.DOTALL)
    text = pattern.sub(lambda _: f"{MARKS[0]}\n{table_of(results)}\n{MARKS[1]}", text)
    with open(TABLE, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", required=True, help="the built kernel_check")
    parser.add_argument("--kernels", default=os.path.join(ROOT, "build", "kernels"))
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--show", action="store_true", help="print what the guests said")
    options = parser.parse_args()
    results, problems = {}, []
    expected = {}
    if os.path.exists(EXPECTED):
        with open(EXPECTED, encoding="utf-8") as file:
            expected = json.load(file)
    with tempfile.TemporaryDirectory() as folder:
        image = os.path.join(folder, "initramfs.cpio")
        build_image(options.check, image)
        for suite in SUITES:
            try:
                kernel = fetch_kernel(suite, options.kernels)
            except Unavailable as why:
                print(f"SKIPPED: {why}")
                return 0
            for _ in range(TRIES):
                output = boot(kernel, image)
                if options.show:
                    print(output)
                found = parse(output)
                # Words of the kernel's own may cut into a line, and that boot says less than is true.
                wrong = problems_of(suite, found, expected)
                if found["done"] and (options.update or not wrong):
                    break
            # The guest says it too, but other words of the kernel may cut into that line.
            with open(os.path.join(kernel, "release"), encoding="utf-8") as release:
                found["kernel"] = release.read().strip()
            results[suite] = found
            problems += wrong
    if options.update and all(found["done"] for found in results.values()):
        update(results)
        print(table_of(results))
        return 0
    print(table_of(results))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

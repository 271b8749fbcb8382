#!/usr/bin/env python3
"""Every test that docs/failure-matrix.md names is there, and every row names one."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    tests = set()
    for path in (ROOT / "tests").glob("*/**/*_test.cc"):
        if "node_modules" not in path.parts:
            tests |= {".".join(found) for found in re.findall(r"^TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", path.read_text(), re.M)}
    rows = [line for line in (ROOT / "docs/failure-matrix.md").read_text().splitlines() if line.startswith("| ")][1:]
    wrong = []
    for row in rows:
        named = re.findall(r"`(\w+\.\w+)`", row.rsplit("|", 2)[1])
        what = row.split("|")[1].strip()
        wrong += [f"{what}: there is no test {name}" for name in named if name not in tests]
        if not named:
            wrong.append(f"{what}: names no test")
    print("\n".join(wrong) or f"{len(rows)} rows, every test is there")
    return 1 if wrong or not rows else 0


if __name__ == "__main__":
    sys.exit(main())

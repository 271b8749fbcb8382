#!/usr/bin/env python3
"""No hand-written source over 400 lines: past that, a file has two purposes."""
import pathlib
import subprocess
import sys

LIMIT = 400
SUFFIXES = (".h", ".cc", ".c", ".proto", ".py", ".sh", ".rb", ".ru", ".ts", ".cmake")


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, check=True,
                            capture_output=True, text=True).stdout.split("\n")
    files = [f for f in listed if f.endswith(SUFFIXES) and (root / f).exists()]
    too_long = 0
    for name in files:
        lines = len((root / name).read_bytes().splitlines())
        if lines > LIMIT:
            too_long += 1
            print(f"{name}: {lines} lines, {LIMIT} at most: split it by purpose and name the parts")
    print(f"check_size: {len(files)} files, {too_long} wrong")
    return 1 if too_long else 0


if __name__ == "__main__":
    sys.exit(main())

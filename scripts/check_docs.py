#!/usr/bin/env python3
"""Files and folders that the documents name exist.

Looks at links ([text](path)) and at `code` that is spelt like a path of this
repository: its first part is a top-level folder or file.
"""
import pathlib
import re
import subprocess
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"^[A-Za-z0-9_.][A-Za-z0-9_./*{},<>-]*$")


def expand(text):
    """`a.{h,cc}` -> a.h, a.cc."""
    match = re.search(r"\{([^{}]*)\}", text)
    if not match:
        return [text]
    return [x for part in match[1].split(",") for x in expand(text[:match.start()] + part + text[match.end():])]


def exists(root, path):
    return any(root.glob(path)) if "*" in path else (root / path).exists()


def check(root, tops, doc, faults):
    fenced = False
    for number, line in enumerate((root / doc).read_text().splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if fenced:
            continue
        for target in LINK.findall(line):
            if not re.match(r"[a-z]+:", target) and not exists((root / doc).parent, target):
                faults.append(f"{doc}:{number}: links to {target}, which does not exist; fix the link or add the file")
        for code in CODE.findall(line):
            for path in expand(code.split()[0] if code.split() else ""):
                path = re.sub(r":\d+$", "", path).rstrip("/.")
                top = path.split("/", 1)[0]
                if "/" not in path or top not in tops or not PATH.match(path) or "<" in path or top == "build":
                    continue
                if not exists(root, path):
                    faults.append(f"{doc}:{number}: names {path}, which does not exist; fix the name or add the file")


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, check=True,
                            capture_output=True, text=True).stdout.split("\n")
    tops = {f.split("/", 1)[0] for f in listed if f}
    docs = [f for f in listed if f.endswith(".md") and (root / f).exists()]
    faults = []
    for doc in docs:
        check(root, tops, doc, faults)
    for fault in faults:
        print(fault)
    print(f"check_docs: {len(docs)} documents, {len(faults)} wrong")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

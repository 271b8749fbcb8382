#!/usr/bin/env python3
"""Holds the arrows between rooms: who may include whom.

The table is the architecture (ARCHITECTURE.md). Tests and benchmarks may use
everything, and nothing may use them.
"""
import pathlib
import re
import subprocess
import sys

# room -> what its files may include, besides themselves and libraries. The
# longest matching prefix decides, so that a folder can be held to less.
ALLOWED = {
    "base": set(),
    "proto": set(),
    "bpf": {"base/log_linear.h"},  # arithmetic that the kernel and everybody else must share
    "stats": {"base"},
    "rpc": {"base", "proto"},
    "yaml": {"base"},
    "plan": {"base", "proto", "yaml"},
    "agent": {"base", "proto", "rpc", "bpf/abi", "bpf/haldane.skel.h"},
    "controller": {"base", "proto", "rpc", "yaml", "plan", "stats"},
    # The engine is a pure function of its log: no clock, no I/O, no threads.
    "controller/evidence": {"base/log_linear.h", "base/status_macros.h", "base/sha256.h", "proto", "plan", "stats"},
    "controller/verdict": {"base/status_macros.h", "proto", "plan", "stats", "controller/evidence"},
    "controller/rollout": {"base/status_macros.h", "base/sha256.h", "proto", "plan", "stats",
                           "controller/evidence", "controller/verdict"},
    "controller/simulation": {"base/log_linear.h", "proto", "plan", "stats", "controller/evidence"},
    "guard": {"base", "proto", "rpc", "yaml", "bpf/abi", "bpf/guard.skel.h"},
    # agent: for `haldane doctor`; the pure core: for `plan simulate` and `replay`.
    "cli": {"base", "proto", "rpc", "plan", "agent", "guard", "controller/simulation", "controller/rollout"},
}
FREE = {"tests", "benchmarks"}

# Headers that compile slowly stay in one kind of file each.
CONFINED = [
    (re.compile(r"\.grpc\.pb\.h$"), re.compile(r"_service\.(cc|h)$|^agent/uplink/|^cli/client\.|^(tests|benchmarks)/"),
     "include generated services only in *_service.cc, agent/uplink/ and cli/client.cc; forward-declare elsewhere"),
    (re.compile(r"^CLI/"), re.compile(r"^cli/"), "CLI11 belongs to cli/"),
]

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def room_of(root, include, quoted):
    """The room a header belongs to, or None for a library's (libbpf's are <bpf/...> too)."""
    if include.startswith("haldane/v1/"):
        return "proto"
    top = include.split("/", 1)[0]
    ours = quoted or (root / include).exists()
    return top if ours and top in set(ALLOWED) | FREE else None


def covers(allowed, include):
    return any(include == a or include.startswith(a + "/") for a in allowed)


def rule_for(path):
    """The longest prefix of the file's folder that the table knows."""
    parts = path.parent.parts
    for n in range(len(parts), 0, -1):
        if "/".join(parts[:n]) in ALLOWED:
            return "/".join(parts[:n])
    return None


def check_file(root, path, faults):
    rule = rule_for(path)
    for number, line in enumerate((root / path).read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quoted, include = match.group(1) == '"', match.group(2)
        for header, allowed_file, advice in CONFINED:
            if header.search(include) and not allowed_file.search(str(path)):
                faults.append(f"{path}:{number}: includes {include}: {advice}")
        room = room_of(root, include, quoted)
        if path.parts[0] in FREE or room is None:
            continue
        name = "proto" if room == "proto" else include
        if not covers(ALLOWED[rule] | {rule}, name):
            what = ", ".join(sorted(ALLOWED[rule])) or "nothing of ours"
            faults.append(f"{path}:{number}: {rule}/ may not include {include} (it may use: {what}); move the code "
                          "to the room that may, or pass the value in")


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, check=True,
                            capture_output=True, text=True).stdout.split("\n")
    files = [pathlib.Path(f) for f in listed if f.endswith((".h", ".cc", ".c")) and (root / f).exists()]
    faults = []
    for path in files:
        top = path.parts[0]
        if top in FREE or top in ALLOWED:
            check_file(root, path, faults)
        else:
            faults.append(f"{path}: room {top}/ is not in the table of scripts/check_layers.py; add it with what it may use")
    for fault in faults:
        print(fault)
    print(f"check_layers: {len(files)} files, {len(faults)} wrong")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

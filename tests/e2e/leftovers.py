"""What a run of the demo may have left on the machine."""
import json
import pathlib
import re
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def our_program_names():
    """Names of our BPF programs as the kernel knows them: cut to 15 characters."""
    names = set()
    for source in (ROOT / "bpf").glob("*.bpf.c"):
        names |= set(re.findall(r"^(?:int|SEC\([^)]*\)\s*int)\s+(?:BPF_\w+\()?(\w+)", source.read_text(), re.M))
    assert names, "no BPF program found in bpf/*.bpf.c"
    return {name[:15] for name in names}


def bpf_programs():
    """Ids of loaded BPF programs of ours."""
    listed = json.loads(subprocess.run(["bpftool", "-j", "prog", "list"], check=True, capture_output=True).stdout)
    ours = our_program_names()
    return {p["id"] for p in listed if p.get("name") in ours}


def bpf_links(programs):
    """Ids of BPF links that hold one of the programs."""
    listed = json.loads(subprocess.run(["bpftool", "-j", "link", "list"], check=True, capture_output=True).stdout or "[]")
    return {link["id"] for link in listed if link.get("prog_id") in programs}


def processes(folder):
    """"PID COMMAND" of every process that works in the demo's folder, or did when it was there."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in words:
            found.append(f"{entry.name} {(entry / 'cmdline').read_bytes().replace(bytes(1), b' ').decode(errors='replace')}")
    return found


def wait_until_none(find, seconds):
    """What `find` still finds after so long; stops waiting as soon as it finds nothing."""
    deadline = time.monotonic() + seconds
    while True:
        found = find()
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)

#!/usr/bin/env python3
"""make test: everything there is to test, in the order that fails soonest.

    scripts/test.py [STEP...]      steps: guards ci kernels asan tsan fuzz; all when none is given

Ends with how long each tier took and one line of totals. Exits non-zero when
anything failed, did not build, or (as root) was skipped, except for want of a
kernel feature: such a test says "SKIPPED: this kernel ...".
"""
import os
import pathlib
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
JOBS = str(os.cpu_count() or 2)

# Each tier: CTest label and how many of its tests may run at once. Those that
# attach probes or measure a whole machine run alone.
CI_TIERS = [("unit", JOBS), ("integration", JOBS), ("bpf", "1"), ("e2e", "1"), ("browser", "1")]
SANITIZED_TIERS = [("unit", JOBS), ("integration", JOBS)]
# A minute each, in one build only, and beside nothing that waits for something.
FUZZ_TIERS = [("fuzz", JOBS)]
GUARDS = ["check_layers.py", "check_size.py", "check_proto.py", "check_docs.py", "check_format.sh"]


class Results:
    def __init__(self):
        self.passed, self.failed, self.skipped = [], [], []
        self.times = []  # (step, seconds)

    def add(self, name, ok):
        (self.passed if ok else self.failed).append(name)


def say(text):
    print(f"test: {text}", flush=True)


def run(command, **options):
    return subprocess.run(command, cwd=ROOT, check=False, **options).returncode


def timed(results, step, action):
    say(f"{step} ...")
    start = time.monotonic()
    action()
    results.times.append((step, time.monotonic() - start))


def run_guards(results):
    for guard in GUARDS:
        results.add(f"guards: {guard}", run([str(ROOT / "scripts" / guard)]) == 0)


def build(results, preset, targets):
    """Configures and builds; True when the tests can run."""
    environment = dict(os.environ, NINJA_STATUS=f"{preset} [%f/%t %es] ")
    ok = (run(["cmake", "--preset", preset, "--log-level=WARNING"]) == 0 and
          run(["cmake", "--build", "--preset", preset, "--", "-k0", *targets], env=environment) == 0)
    if not ok:
        results.add(f"{preset}: the build", False)
    return ok


def skip_reason(case):
    """What the test said when it skipped itself."""
    output = case.findtext("system-out") or ""
    match = re.search(r"SKIPPED: ([^\n]*)", output)
    return match[1].strip() if match else "no reason given"


def read_report(results, preset, report):
    """Adds the results of one CTest run; how many tests it held."""
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    for case in cases:
        name = f"{preset}: {case.get('name')}"
        if case.get("status") == "run":
            results.add(name, True)
        elif case.get("status") in ("notrun", "disabled") and case.find("skipped") is not None and \
                "SKIPPED" in (case.findtext("system-out") or ""):
            results.skipped.append((name, skip_reason(case)))
        else:
            results.add(name, False)
    return len(cases)


def run_tier(results, preset, label, jobs):
    report = ROOT / "build" / preset / f"{label}.xml"
    report.unlink(missing_ok=True)
    run(["ctest", "--preset", preset, "-L", f"^{label}$", "-j", jobs, "--output-junit", str(report), "--timeout", "600"])
    # A tier without tests is a broken build script, not a success.
    if not report.exists() or read_report(results, preset, report) == 0:
        results.add(f"{preset}: {label}: no test ran", False)


def run_preset(results, preset, targets, tiers):
    built = []
    timed(results, f"{preset}: build", lambda: built.append(build(results, preset, targets)))
    if not built[0]:
        say(f"{preset}: not built, so its tests are not run")
        return
    for label, jobs in tiers:
        timed(results, f"{preset}: {label}", lambda: run_tier(results, preset, label, jobs))


def summarise(results):
    """Prints what happened; the exit code."""
    print("\ntook")
    for step, seconds in results.times:
        print(f"  {step:<24} {seconds:7.1f} s")
    as_root = os.geteuid() == 0
    unexcused = []
    for name, reason in results.skipped:
        excused = reason.startswith("this kernel")
        if as_root and not excused:
            unexcused.append(name)
        print(f"skipped  {name}: {reason}" + ("" if excused or not as_root else " (a failure, as root skips nothing)"))
    for name in results.failed:
        print(f"FAILED   {name}")
    print(f"\n{len(results.passed)} passed, {len(results.failed)} failed, {len(results.skipped)} skipped", flush=True)
    return 1 if results.failed or unexcused or not results.passed else 0


STEPS = {
    "guards": lambda r: timed(r, "guards", lambda: run_guards(r)),
    "ci": lambda r: run_preset(r, "ci", [], CI_TIERS),
    "kernels": lambda r: run_preset(r, "ci", ["tier_kernels"], [("kernels", "1")]),
    "asan": lambda r: run_preset(r, "asan", ["tier_unit", "tier_integration"], SANITIZED_TIERS),
    "tsan": lambda r: run_preset(r, "tsan", ["tier_unit", "tier_integration"], SANITIZED_TIERS),
    "fuzz": lambda r: run_preset(r, "asan", ["tier_fuzz"], FUZZ_TIERS),
}


def main():
    steps = sys.argv[1:] or list(STEPS)
    unknown = [s for s in steps if s not in STEPS]
    if unknown:
        print(f"scripts/test.py: no step {unknown[0]}; there are: {' '.join(STEPS)}", file=sys.stderr)
        return 2
    results = Results()
    for step in steps:
        STEPS[step](results)
    return summarise(results)


if __name__ == "__main__":
    sys.exit(main())

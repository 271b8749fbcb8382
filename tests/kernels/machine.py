"""Debian's kernels, and virtual machines that boot them with one image."""
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SUITES = ("bullseye", "bookworm", "trixie", "sid")
TOOLS = ("qemu-system-x86_64", "busybox")
BOOT_SECONDS = 110


class Unavailable(Exception):
    """Says why no kernel can be booted here."""


def fetch_kernel(suite, kernels):
    """The folder with the kernel of a Debian suite."""
    for tool in TOOLS:
        if subprocess.run(["sh", "-c", f"command -v {tool}"], capture_output=True, check=False).returncode != 0:
            raise Unavailable(f"{tool} is not installed; scripts/setup.sh installs it")
    folder = os.path.join(kernels, suite)
    fetched = subprocess.run([os.path.join(ROOT, "scripts", "fetch-kernel.sh"), suite, folder], capture_output=True, text=True,
                             check=False)
    if fetched.returncode != 0:
        raise Unavailable(fetched.stderr.strip())
    return folder


def boot(kernel, image, *words):
    """What the machine says on its console until it is off. `words`: more of the kernel's command line."""
    command = ["qemu-system-x86_64", "-accel", "tcg,thread=single", "-cpu", "max", "-m", "1024", "-nographic",
               "-no-reboot", "-nic", "none", "-kernel", os.path.join(kernel, "vmlinuz"), "-initrd", image,
               "-append", " ".join(("console=ttyS0 panic=-1 quiet loglevel=3",) + words)]
    try:
        output = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=BOOT_SECONDS,
                                check=False).stdout
    except subprocess.TimeoutExpired as slow:
        output = slow.stdout or b""
    return output.decode(errors="replace").replace("\r", "")

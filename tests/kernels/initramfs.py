"""A root file system in memory, as the kernel unpacks it: programs with every
library that they need, and what runs first."""
import os
import re
import subprocess


class Initramfs:
    """Builds an uncompressed cpio archive ("newc")."""

    def __init__(self):
        self._bytes = bytearray()
        self._inode = 1
        self._known = set()

    def _entry(self, name, mode, content=b""):
        if name in self._known:
            return
        self._known.add(name)
        self._inode += 1
        encoded = name.encode() + b"\0"
        fields = (self._inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
        self._bytes += b"070701" + b"".join(b"%08x" % field for field in fields) + encoded
        self._pad()
        self._bytes += content
        self._pad()

    def _pad(self):
        self._bytes += b"\0" * (-len(self._bytes) % 4)

    def folder(self, path):
        parts = path.strip("/").split("/")
        for depth in range(1, len(parts) + 1):
            self._entry("/".join(parts[:depth]), 0o040755)

    def file(self, path, content, mode=0o755):
        if "/" in path.strip("/"):
            self.folder(os.path.dirname(path))
        self._entry(path.strip("/"), 0o100000 | mode, content)

    def program(self, source, path):
        """The program at `source` and its libraries, where it looks for them."""
        with open(source, "rb") as binary:
            self.file(path, binary.read())
        listed = subprocess.run(["ldd", source], capture_output=True, text=True, check=False).stdout
        for library in re.findall(r"(/\S+) \(0x", listed):
            with open(library, "rb") as binary:
                self.file(library, binary.read())

    def write(self, path):
        self._entry("TRAILER!!!", 0)
        with open(path, "wb") as archive:
            archive.write(self._bytes)

#!/usr/bin/env python3
"""Every message, field, enum, value, service and rpc of the contracts carries a comment.

Reads the descriptors protoc itself makes, so nothing depends on layout.
"""
import pathlib
import subprocess
import sys
import tempfile

# A field number of FileDescriptorProto and its kin -> (what it is, the children of that).
FIELD = ("field", {})
VALUE = ("enum value", {})
ENUM = ("enum", {2: VALUE})
MESSAGE = ("message", {2: FIELD, 4: ENUM, 8: ("oneof", {})})
MESSAGE[1][3] = MESSAGE
SERVICE = ("service", {2: ("rpc", {})})
FILE = {4: MESSAGE, 5: ENUM, 6: SERVICE}
FILES, SOURCE_INFO, LOCATION, FILE_NAME = 1, 9, 1, 1
PATH, SPAN, LEADING, TRAILING = 1, 2, 3, 4


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """(number, value) of each field of one message in wire format."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            size = 8 if key & 7 == 1 else 4
            value, at = data[at:at + size], at + size
        yield key >> 3, value


def numbers(packed):
    at, out = 0, []
    while at < len(packed):
        value, at = varint(packed, at)
        out.append(value)
    return out


def kind_of(path):
    """What a source location's path stands for, or None for parts such as a field's type."""
    children, kind = FILE, None
    for step in path[::2]:
        if step not in children:
            return None
        kind, children = children[step]
    return kind if len(path) % 2 == 0 else None


def main():
    root = pathlib.Path(__file__).resolve().parent.parent / "proto"
    protos = sorted(str(p.relative_to(root)) for p in root.rglob("*.proto"))
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["protoc", "-I", ".", "--include_source_info", f"--descriptor_set_out={out.name}", *protos],
                       cwd=root, check=True)
        descriptors = pathlib.Path(out.name).read_bytes()
    seen = wrong = 0
    for _, descriptor in fields(descriptors):
        parts = dict(fields(descriptor))
        lines = (root / parts[FILE_NAME].decode()).read_text().splitlines()
        for _, location in fields(parts[SOURCE_INFO]):
            parts_of = dict(fields(location))
            kind = kind_of(numbers(parts_of.get(PATH, b"")))
            if not kind:
                continue
            seen += 1
            comment = parts_of.get(LEADING, b"") + parts_of.get(TRAILING, b"")
            if not comment.strip():
                wrong += 1
                line = numbers(parts_of[SPAN])[0]
                print(f"proto/{parts[FILE_NAME].decode()}:{line + 1}: {kind} without a comment: {lines[line].strip()}; "
                      "say what it means, its unit and its range on the line above")
    print(f"check_proto: {seen} declarations, {wrong} wrong")
    return 1 if wrong or not seen else 0


if __name__ == "__main__":
    sys.exit(main())

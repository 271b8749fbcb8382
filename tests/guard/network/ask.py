#!/usr/bin/env python3
"""A resolver's every way of asking, by hand. Prints the answer's code and whom it seems to come from."""
import argparse
import pathlib
import socket
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zone  # noqa: E402

CODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}
KINDS = {"A": 1, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "HTTPS": 65, "ANY": 255}


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", default="10.9.0.2")
    for flag in ("unconnected", "tcp", "pipeline", "split", "malformed", "peer", "raw", "no-wait"):
        parser.add_argument("--" + flag, action="store_true")
    parser.add_argument("--device")
    parser.add_argument("--source")
    parser.add_argument("--timeout", type=float, default=5)
    parser.add_argument("--edns", type=int)
    parser.add_argument("--option", type=int)
    parser.add_argument("--id", type=int, default=0x1234)
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def framed(message):
    return struct.pack(">H", len(message)) + message


def read_framed(stream):
    return stream.read(struct.unpack(">H", stream.read(2))[0])


def where(address):
    return f"{address[0]}:{address[1]}"


def connect(a, kind):
    family = socket.AF_INET6 if ":" in a.server else socket.AF_INET
    sock = socket.socket(family, kind)
    sock.settimeout(a.timeout)
    if a.device:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, a.device.encode())
    if a.source:
        sock.bind((a.source, 0))
    return sock


def ask_malformed(a):
    sock = connect(a, socket.SOCK_DGRAM)
    sock.settimeout(0.05)
    good = zone.query("allowed.test", 1)
    for message in (b"", b"\0", good[:11], good[:-3], good[:4] + b"\0\0" + good[6:], good[:4] + b"\0\2" + good[6:],
                    good[:12] + b"\xc0\x0c\0\1\0\1", good[:12] + b"\x40" + b"a" * 64 + b"\0\0\1\0\1", b"\xff" * 512):
        sock.sendto(message, (a.server, 53))
        try:
            sock.recvfrom(65535)
        except socket.timeout:
            pass
    stream = connect(a, socket.SOCK_STREAM)
    stream.connect((a.server, 53))
    try:
        stream.sendall(b"\xff\xff" + b"\xff" * 65535)
        stream.recv(10)
    except OSError:
        pass


def ask_tcp(a, queries):
    sock = connect(a, socket.SOCK_STREAM)
    sock.connect((a.server, 53))
    peer = where(sock.getpeername())
    if a.split:
        message = framed(queries[0])
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in (message[:1], message[1:7], message[7:]):
            sock.sendall(part)
    else:
        sock.sendall(b"".join(map(framed, queries)))
    stream = sock.makefile("rb")
    return [read_framed(stream) for _ in queries], peer


def ask_udp(a, message):
    sock = connect(a, socket.SOCK_DGRAM)
    if a.unconnected:
        sock.sendto(message, (a.server, 53))
        if a.no_wait:
            return b"", ""
        answer, source = sock.recvfrom(65535)
        return answer, where(source)
    sock.connect((a.server, 53))
    peer = where(sock.getpeername())
    sock.send(message)
    return (b"", peer) if a.no_wait else (sock.recv(65535), peer)


def main():
    a = arguments()
    if a.malformed:
        return ask_malformed(a)
    kind = 1
    if len(a.names) > 1 and a.names[-1] in KINDS:
        kind = KINDS[a.names.pop()]
    option = struct.pack(">HH", a.option, 4) + b"abcd" if a.option else b""
    queries = [zone.query(name, kind, a.id, option, a.edns) for name in a.names]
    try:
        if a.tcp or a.pipeline or a.split:
            answers, source = ask_tcp(a, queries)
        else:
            answer, source = ask_udp(a, queries[0])
            answers = [answer]
    except OSError as error:
        print(type(error).__name__)
        return
    if a.no_wait:
        return
    if a.raw:
        print(answers[0].hex())
    elif a.peer:
        print(source)
    elif a.pipeline:
        print(*(CODES[zone.rcode_of(x)] for x in answers))
    else:
        print(CODES[zone.rcode_of(answers[0])], "from", source)


if __name__ == "__main__":
    main()

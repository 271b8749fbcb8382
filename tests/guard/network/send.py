#!/usr/bin/env python3
"""A client's every way of sending. Prints what came of it, or the name of the error.

    send.py WAY [ADDRESS [PORT]]
"""
import ctypes
import os
import socket
import struct
import sys
import time

IPPROTO_MPTCP, AF_VSOCK, MSG_FASTOPEN = 262, 40, 0x20000000


def tcp(address, port=80, protocol=0):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM, protocol) as sock:
        sock.settimeout(5)
        sock.connect((address, int(port)))
    return "connected"


def mptcp(address):
    return tcp(address, 80, IPPROTO_MPTCP)


def mapped(address):
    return tcp("::ffff:" + address)


def udp(address, port=7777):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", (address, int(port)))
    return "sent"


def connected_datagram(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((address, 7777))
        sock.send(b"x")
    return "sent"


def fastopen(address):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.sendto(b"GET / HTTP/1.0\r\n\r\n", MSG_FASTOPEN, (address, 80))
    return "sent"


def sendmmsg(address):
    """Two datagrams in one call; the second may not go."""
    class Message(ctypes.Structure):
        _fields_ = [("name", ctypes.c_void_p), ("name_size", ctypes.c_uint32), ("vector", ctypes.c_void_p),
                    ("vectors", ctypes.c_size_t), ("control", ctypes.c_void_p), ("control_size", ctypes.c_size_t),
                    ("flags", ctypes.c_int), ("sent", ctypes.c_uint)]

    class Vector(ctypes.Structure):
        _fields_ = [("base", ctypes.c_char_p), ("size", ctypes.c_size_t)]

    libc = ctypes.CDLL(None, use_errno=True)
    messages, keep = (Message * 2)(), []
    for i, host in enumerate(("127.0.0.1", address)):
        name = ctypes.create_string_buffer(struct.pack("=H", socket.AF_INET) + struct.pack(">H", 7777) + socket.inet_aton(host) + bytes(8))
        vector = Vector(b"x", 1)
        keep += [name, vector]
        messages[i] = Message(ctypes.addressof(name), 16, ctypes.addressof(vector), 1, None, 0, 0, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sent = libc.sendmmsg(sock.fileno(), messages, 2, 0)
        if sent == 1:
            sock.sendto(b"x", (address, 7777))  # its error says why
    return f"{sent} sent"


def packet():
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    return "made"


def raw():
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    return "made"


def vsock():
    socket.socket(AF_VSOCK, socket.SOCK_STREAM)
    return "made"


def ping(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as sock:
        sock.sendto(b"\x08\0\0\0\0\1\0\1", (address, 0))
    return "sent"


def options(address):
    """Four bytes of IP options, which would shift the ports for a careless reader."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\1\1\1\0")
        sock.sendto(b"x", (address, 7777))
    return "sent"


def fragments(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(bytes(8000), (address, 7777))
    return "sent"


def extension(address):
    """A destination-options header between IPv6 and UDP, filled with what looks like 127.0.0.1."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IPV6, 59, b"\0\1\x1e\x0c" + b"\x7f\0\0\1" * 3)  # IPV6_DSTOPTS
        sock.sendto(b"x", (address, 7777))
    return "sent"


def large(address, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.sendto(bytes(8000), (address, int(port)))
        return f"{len(sock.recv(65535))} back"


def race(count):
    """Connects the moment that the answer is there, each time to an address that was never seen."""
    denied = 0
    for i in range(int(count)):
        name = f"n10-9-{2 + i // 250}-{1 + i % 250}.many.test"
        address = socket.gethostbyname(name)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
            sock.setblocking(False)
            try:
                sock.connect((address, 80))
            except BlockingIOError:
                pass
            except PermissionError:
                denied += 1
    return f"{denied} denied"


def flood(count):
    """A datagram to each of many ports, as fast as it goes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for port in range(1000, 1000 + int(count)):
            sock.sendto(b"x", ("10.9.0.5", port))
    return "sent"


def keep(name):
    """One request, another on the same connection when the name's time is over, and a new connection."""
    address = socket.gethostbyname(name)
    with socket.create_connection((address, 80), timeout=5) as sock:
        for pause in (0, 6):
            time.sleep(pause)
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while b"hello" not in answer:  # the server may send head and body apart
                part = sock.recv(4096)
                if not part:
                    raise ConnectionResetError
                answer += part
            print("hello", flush=True)
    return tcp(address)


def denied_meanwhile(name, denied):
    """What comes of a connection and of a connected datagram socket when another name of their address is denied."""
    address = socket.gethostbyname(name)
    with socket.create_connection((address, 80), timeout=5) as stream, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.connect((address, 7777))
        for sock in stream, datagrams:
            sock.settimeout(1)
            sock.send(b"x")
        try:
            socket.gethostbyname(denied)
        except socket.gaierror:
            pass
        for sock in stream, datagrams:
            try:
                sock.recv(1)
                print("goes on")
            except OSError as error:
                print(type(error).__name__)
    return tcp(address)


def uring(address):
    """A connect by io_uring, by hand: one entry, one wait."""
    libc = ctypes.CDLL(None, use_errno=True)
    parameters = ctypes.create_string_buffer(120)
    ring = libc.syscall(425, 4, parameters)
    if ring < 0:
        return "unsupported"
    words = struct.unpack("=30I", parameters.raw)
    import mmap
    sq_off, cq_off = words[10:20], words[20:30]
    entries = mmap.mmap(ring, 4096, flags=mmap.MAP_SHARED, offset=0x10000000)
    queue = mmap.mmap(ring, 4096, flags=mmap.MAP_SHARED, offset=0)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        name = ctypes.create_string_buffer(struct.pack("=H", socket.AF_INET) + struct.pack(">H", 80) + socket.inet_aton(address) + bytes(8))
        entries[0:64] = struct.pack("=BBHiQQII", 16, 0, 0, sock.fileno(), 16, ctypes.addressof(name), 0, 0) + bytes(32)
        queue[sq_off[6]:sq_off[6] + 4] = struct.pack("=I", 0)
        queue[sq_off[1]:sq_off[1] + 4] = struct.pack("=I", 1)
        libc.syscall(426, ring, 1, 1, 1, None, 0)
        result = struct.unpack("=i", queue[cq_off[5] + 8:cq_off[5] + 12])[0]
    return {-1: "EPERM", 0: "connected"}.get(result, str(result))


def main():
    way = globals()[sys.argv[1].replace("-", "_")]
    try:
        print(way(*sys.argv[2:]))
    except OSError as error:
        print(type(error).__name__ if not isinstance(error, socket.timeout) else "timeout")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()

"""A name server whose names say how it behaves.

    dns_server.py ADDRESS...     listens on port 53 of each, UDP and TCP, until killed

Prints READY, then each question on a line of its own.
"""
import ipaddress
import pathlib
import socket
import socketserver
import struct
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zone  # noqa: E402

WEB, OTHER, RAW = "10.9.0.3", "10.9.0.4", "10.9.0.5"
WEB6 = "fd09::3"


def both(name):
    return {zone.A: [zone.address(name, WEB)], zone.AAAA: [zone.address(name, WEB6)]}


def names(name, kind):
    """Records for a lower-case name; None: there is no such name."""
    fixed = {
        "allowed.test": {zone.A: [zone.address(name, WEB)]},
        "dual.test": both(name),
        "six.test": {zone.AAAA: [zone.address(name, WEB6)]},
        "other.test": {zone.A: [zone.address(name, OTHER)]},
        "shared-good.test": {zone.A: [zone.address(name, OTHER)]},
        "shared-bad.test": {zone.A: [zone.address(name, OTHER)]},
        "short.test": {zone.A: [zone.address(name, WEB, ttl=0)]},
        "git.test": {zone.A: [zone.address(name, WEB)]},
        "notgithub.com": {zone.A: [zone.address(name, WEB)]},
        "xgithub.com": {zone.A: [zone.address(name, WEB)]},
        "github.com.evil.test": {zone.A: [zone.address(name, WEB)]},
        "xn--bcher-kva.test": {zone.A: [zone.address(name, WEB)]},
        "text.test": {zone.TXT: [zone.text(name, "hello")]},
        "hint.test": {zone.HTTPS: [zone.https(name, ".", OTHER)], zone.A: []},
        "loop1.test": {kind: [zone.cname("loop1.test", "loop2.test"), zone.cname("loop2.test", "loop1.test")]},
        "chain.test": {kind: [zone.cname("chain.test", "cdn.test"), zone.cname("cdn.test", "GitHub.Com"),
                              zone.address("github.com", WEB)]},
        "deep.dname.test": {kind: [zone.dname("dname.test", "github.com"), zone.cname("deep.dname.test", "deep.github.com"),
                                   zone.address("deep.github.com", WEB)]},
        "svc.test": {zone.HTTPS: [zone.https(name, "edge.github.com")]},
        "big.test": {zone.A: [zone.address(name, f"10.9.1.{i}") for i in range(1, 61)]},
        "host.search.test": {zone.A: [zone.address(name, WEB)]},
        "rebind.test": {zone.A: [zone.address(name, "127.0.0.1")]},
    }
    if name in fixed:
        return fixed[name].get(kind, [])
    # pNUMBER.burst.test: the pid of who asks, to be compared.
    if name.endswith(".burst.test") or name == "github.com" or name.endswith(".github.com"):
        return [zone.address(name, WEB)] if kind == zone.A else []
    # n10-9-2-7.many.test is 10.9.2.7.
    if name.endswith(".many.test"):
        return [zone.address(name, name.split(".")[0][1:].replace("-", "."))] if kind == zone.A else []
    return None


def answer(message, udp):
    """Bytes to send, or None for silence."""
    name, end = zone.decode_name(message, 12)
    kind = struct.unpack(">H", message[end:end + 2])[0]
    lower = name.lower()
    print(lower, kind, "udp" if udp else "tcp", flush=True)
    if lower == "silent.test":
        return None
    if lower == "slow.test":
        time.sleep(0.4)
        return zone.response(message, [zone.address(name, WEB)] if kind == zone.A else [])
    if lower == "servfail.test":
        return zone.response(message, [], rcode=2)
    if lower == "broken.test":
        return message[:2] + b"\x85\x80\0\1\xff\xff\0\0\0\0\xc0"
    records = names(lower, kind)
    if records is None:
        return zone.response(message, [], rcode=3, authority=[zone.soa("test")])
    full = zone.response(message, records)
    size = 512
    if len(message) > end + 4 + 5:
        size = struct.unpack(">H", message[end + 7:end + 9])[0]  # of the client's OPT
    if udp and len(full) > size:
        return zone.response(message, [], truncated=True)
    return full


class Udp(socketserver.BaseRequestHandler):
    def handle(self):
        message, sock = self.request
        name, _ = zone.decode_name(message, 12)
        if name.lower() == "spoof.test":
            lie = zone.response(message, [zone.address(name, RAW)])
            sock.sendto(bytes([lie[0] ^ 1]) + lie[1:], self.client_address)  # another id
            sock.sendto(zone.response(zone.query("else.test", 1, struct.unpack(">H", message[:2])[0]),
                                      [zone.address("else.test", RAW)]), self.client_address)
            sock.sendto(zone.response(message, [zone.address(name, WEB)]), self.client_address)
            return
        reply = answer(message, True)
        if reply:
            sock.sendto(reply, self.client_address)


class Tcp(socketserver.BaseRequestHandler):
    def handle(self):
        stream = self.request.makefile("rb")
        while True:
            head = stream.read(2)
            if len(head) < 2:
                return
            reply = answer(stream.read(struct.unpack(">H", head)[0]), False)
            if reply:
                self.request.sendall(struct.pack(">H", len(reply)) + reply)


def serve(kind, handler, text):
    class Server(kind):
        address_family = socket.AF_INET6 if ipaddress.ip_address(text).version == 6 else socket.AF_INET
        allow_reuse_address = True
        daemon_threads = True
        request_queue_size = 512

    server = Server((text, 53), handler)
    server.socket.setsockopt(socket.SOL_SOCKET, 33, 4 << 20)  # SO_RCVBUFFORCE
    threading.Thread(target=server.serve_forever, daemon=True).start()


def main():
    for text in sys.argv[1:]:
        serve(socketserver.UDPServer, Udp, text)  # one thread per address: fast, and in order
        serve(socketserver.ThreadingTCPServer, Tcp, text)
    print("READY", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()

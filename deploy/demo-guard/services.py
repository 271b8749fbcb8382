#!/usr/bin/env python3
"""The demo's little internet: a name server and a web server.

    services.py web ADDRESS        names of *.example, and HTTP on port 80
    services.py cache UPSTREAM     a package cache on 127.0.0.1:8081 that asks UPSTREAM when it is asked

Prints READY and serves until it is killed.
"""
import http.server
import socket
import socketserver
import struct
import sys
import threading
import urllib.request

KNOWN = (b"example",)


class Names(socketserver.BaseRequestHandler):
    """Every name below example has our address; there are no others."""

    def handle(self):
        message, sock = self.request
        at, labels = 12, []
        while message[at]:
            labels.append(message[at + 1:at + 1 + message[at]])
            at += 1 + message[at]
        kind = struct.unpack(">H", message[at + 1:at + 3])[0]
        known = labels and labels[-1].lower() in KNOWN
        answer = b""
        if known and kind == 1:
            answer = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(self.server.server_address[0])
        head = message[:2] + struct.pack(">5H", 0x8580 | (0 if known else 3), 1, 1 if answer else 0, 0, 0)
        sock.sendto(head + message[12:at + 5] + answer, self.client_address)


class Web(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802
        body = f"{self.headers.get('Host')}{self.path}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Cache(Web):
    """Has nothing yet: what it is asked for it fetches from the code host."""

    def do_GET(self):  # noqa: N802
        request = urllib.request.Request(f"http://{sys.argv[2]}{self.path}", headers={"Host": "code.example"})
        with urllib.request.urlopen(request) as answer:
            body = answer.read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()


def main():
    if sys.argv[1] == "cache":
        serve(http.server.ThreadingHTTPServer(("127.0.0.1", 8081), Cache))
    else:
        serve(socketserver.UDPServer((sys.argv[2], 53), Names))
        serve(http.server.ThreadingHTTPServer((sys.argv[2], 80), Web))
    print("READY", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()

"""HTTP on ports 80 and 9000, TLS on 443 and 853, an SSH banner on 22, UDP echo on 443 and 7777.

    web_server.py CERTIFICATE KEY    until killed; prints READY
"""
import http.server
import socket
import socketserver
import ssl
import sys
import threading


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # noqa: N802
        body = b"hello\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Dual(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
    daemon_threads = True
    request_queue_size = 1024


class Banner(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"SSH-2.0-test\r\n")


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        sock.sendto(data, self.client_address)


def run(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()


def main():
    certificate, key = sys.argv[1:3]
    for port in (80, 9000):
        run(Dual(("::", port), Page))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    for port in (443, 853):
        server = Dual(("::", port), Page)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        run(server)
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    run(socketserver.ThreadingTCPServer(("0.0.0.0", 22), Banner))
    for port in (443, 7777):
        run(socketserver.UDPServer(("0.0.0.0", port), Echo))
    print("READY", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()

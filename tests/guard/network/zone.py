"""DNS messages for the test server: built by hand, so that they can be wrong on purpose."""
import ipaddress
import struct

A, NS, CNAME, SOA, PTR, TXT, AAAA, SRV, DNAME, OPT, HTTPS, ANY = 1, 2, 5, 6, 12, 16, 28, 33, 39, 41, 65, 255


def encode_name(name):
    return b"".join(bytes([len(label)]) + label.encode("latin-1") for label in name.split(".") if label) + b"\0"


def decode_name(message, at):
    labels = []
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1"))
        at += 1 + message[at]
    return ".".join(labels), at + 1


def record(name, kind, data, ttl=60):
    return encode_name(name) + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def address(name, text, ttl=60):
    ip = ipaddress.ip_address(text)
    return record(name, A if ip.version == 4 else AAAA, ip.packed, ttl)


def cname(name, target):
    return record(name, CNAME, encode_name(target))


def dname(name, target):
    return record(name, DNAME, encode_name(target))


def text(name, value):
    return record(name, TXT, bytes([len(value)]) + value.encode())


def https(name, target, hint=None):
    data = struct.pack(">H", 1) + encode_name(target)
    if hint:
        data += struct.pack(">HH", 4, 4) + ipaddress.ip_address(hint).packed
    return record(name, HTTPS, data)


def soa(zone):
    return record(zone, SOA, encode_name("ns." + zone) + encode_name("root." + zone) + struct.pack(">5I", 1, 2, 3, 4, 5))


def query(name, kind, transaction=0x1234, options=b"", edns=None):
    extra = 0
    tail = b""
    if edns:
        extra = 1
        tail = b"\0" + struct.pack(">HHIH", OPT, edns, 0, len(options)) + options
    return struct.pack(">6H", transaction, 0x0100, 1, 0, 0, extra) + encode_name(name) + struct.pack(">HH", kind, 1) + tail


def response(asked, answers, rcode=0, authority=(), truncated=False, edns=None):
    """The answer to the bytes of a query, whose question is copied as it came."""
    _, end = decode_name(asked, 12)
    question = asked[12:end + 4]
    flags = 0x8580 | rcode | (0x0200 if truncated else 0)
    extra = asked[end + 4:] if edns is None else edns  # the client's own OPT, as it came
    head = asked[:2] + struct.pack(">5H", flags, 1, len(answers), len(authority), 1 if extra else 0)
    return head + question + b"".join(answers) + b"".join(authority) + extra


def rcode_of(message):
    return message[3] & 15

"""A network of its own for one daemon, in which names change their addresses between two questions (test_egress.py).

    unshare --net --mount --propagation private python3 rebinding.py FOLDER COMMAND…

The loopback of this network holds every address of ADDRESSES, public ones too, so that whoever may not be reached could
be reached. Then a child answers for it all: names at 127.0.0.53, and requests at any address, ports PORTS. COMMAND takes
this process over; the child dies with it, and the network with both. What was answered stands in FOLDER: `names`, a
line `NAME ADDRESS…` for each question, and `requests`, `ADDRESS PORT PATH`.
"""
import asyncio
import ctypes
import ipaddress
import itertools
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

PUBLIC = ["93.184.216.34", "8.8.4.4", "2606:4700:4700::1111"]
LISTED = ["10.9.9.9", "fd00::9"]  # private, and on the daemon's allow-list
FORBIDDEN = ["127.0.0.1", "169.254.169.254", "10.0.0.1", "10.9.9.10", "172.16.0.1", "192.168.1.1", "100.100.100.200",
             "::1", "fd00::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "::ffff:127.0.0.1", "::ffff:169.254.169.254"]
SILENT = "93.184.216.35"  # public, and nobody listens there at the port EACH
ADDRESSES = [*PUBLIC, *LISTED, SILENT, *(a for a in FORBIDDEN if a not in ("127.0.0.1", "::1") and "ffff" not in a)]
FLIPS = 100
PORTS, EACH = range(7000, 7000 + FLIPS), 7200


def in_turns(good, bad):
    return ([a] for pair in zip(itertools.cycle(good), itertools.cycle(bad)) for a in pair)


def of(version, addresses):
    return [a for a in addresses if ipaddress.ip_address(a).version == version]


# What is said to each question for a name, the kind of address that its end tells.
ANSWERS = {
    "flip4": in_turns(of(4, PUBLIC + LISTED), of(4, FORBIDDEN)),
    "flip6": in_turns(of(6, PUBLIC + LISTED), of(6, FORBIDDEN)),
    # Several at once: when the allowed one refuses, the next address is another connection, and judged as well.
    "silent-and-bad4": itertools.cycle([[SILENT, "127.0.0.1", "10.0.0.1"]]),
    "bad-and-good4": itertools.cycle([["127.0.0.1", "10.0.0.1", "8.8.4.4"]]),
}


class Names(asyncio.DatagramProtocol):
    """RFC 1035, as much as a resolver of glibc asks. A question that is repeated is the same question."""

    def __init__(self, log):
        self.log, self.said = log, {}

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        end = data.index(b"\0", 12) + 5
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1:at + 1 + data[at]].decode().lower())
            at += 1 + data[at]
        name, kind = ".".join(labels), struct.unpack(">H", data[end - 4:end - 2])[0]
        key = (peer, data[:2], kind)
        if key not in self.said:
            self.said[key] = self.addresses(name, kind)
        addresses = self.said[key]
        answer = data[:2] + struct.pack(">HHHHH", 0x8580 if name in ANSWERS else 0x8583, 1, len(addresses), 0, 0) + data[12:end]
        for address in addresses:
            packed = ipaddress.ip_address(address).packed
            answer += struct.pack(">HHHIH", 0xC00C, kind, 1, 0, len(packed)) + packed  # lives for 0 s
        self.transport.sendto(answer, peer)

    def addresses(self, name, kind):
        if name not in ANSWERS or kind != {"4": 1, "6": 28}[name[-1]]:
            return []
        addresses = next(ANSWERS[name])
        self.log.write(f"{name} {' '.join(addresses)}\n")
        return addresses


def receive(log):
    async def take(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        address, port = writer.get_extra_info("sockname")[:2]
        log.write(f"{address.removeprefix('::ffff:')} {port} {head.split(' ')[1]}\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
    return take


async def answer(folder, ready):
    loop = asyncio.get_running_loop()
    with open(folder / "names", "w", buffering=1, encoding="ascii") as names, \
            open(folder / "requests", "w", buffering=1, encoding="ascii") as requests:
        await loop.create_datagram_endpoint(lambda: Names(names), local_addr=("127.0.0.53", 53))
        for port in PORTS:
            await asyncio.start_server(receive(requests), ["0.0.0.0", "::"], port)
        await asyncio.start_server(receive(requests), [a for a in ["127.0.0.1", *ADDRESSES] if a != SILENT], EACH)
        os.write(ready, b"!")
        await asyncio.Event().wait()


def make_network(folder):
    """As root of this network and of these mounts, whatever it is outside."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in ADDRESSES:
        subprocess.run(["ip", "address", "add", f"{address}/{128 if ':' in address else 32}", "dev", "lo",
                        *(["nodad"] if ":" in address else [])], check=True)
    (folder / "resolv.conf").write_text("nameserver 127.0.0.53\noptions timeout:30 attempts:1\n", encoding="ascii")
    (folder / "nsswitch.conf").write_text("hosts: files dns\n", encoding="ascii")
    for name in ("resolv.conf", "nsswitch.conf"):
        subprocess.run(["mount", "--bind", folder / name, f"/etc/{name}"], check=True)


def main():
    folder, command = Path(sys.argv[1]), sys.argv[2:]
    make_network(folder)
    seen, ready = os.pipe()
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        asyncio.run(answer(folder, ready))
    os.close(ready)
    if os.read(seen, 1) != b"!":
        sys.exit("rebinding: nobody answers")
    os.close(seen)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()

"""Where the daemon may go, seen from outside (D12): strace writes down every connect() of the real daemon, a receiver on the
loopback counts what arrives. Sixty and more spellings of addresses that it may not reach, what the allow-list lets through and
only that, redirects, the environment's proxy, names that change their address."""
import os
import re
import stat
import sys
from pathlib import Path

import harness
import pytest
import rebinding
from harness import until

# {p}: the receiver's port. Each of these is the loopback, if anybody lets it be.
LOOPBACK = """127.0.0.1:{p} 127.1:{p} 127.0.1:{p} 2130706433:{p} 0x7f000001:{p} 0X7F000001:{p} 017700000001:{p} 0177.0.0.1:{p}
0x7f.0.0.1:{p} 0x7f.1:{p} 0177.1:{p} 127.0x1:{p} 127.0.0.01:{p} 00000177.0.0.1:{p} 127.0.0.1.:{p} 127.255.255.254:{p}
%31%32%37.0.0.1:{p} 127%2e0%2e0%2e1:{p} 127。0。0。1:{p} ①②⑦.⓪.⓪.①:{p} １２７.0.0.1:{p} localhost:{p} LOCALHOST:{p} LocalHost:{p}
localhost.:{p} %6cocalhost:{p} ⓛocalhost:{p} [::1]:{p} [0:0:0:0:0:0:0:1]:{p} [0000::0001]:{p} [::ffff:127.0.0.1]:{p} [::ffff:7f00:1]:{p}
[::FFFF:127.0.0.1]:{p} [0:0:0:0:0:ffff:7f00:0001]:{p} [::127.0.0.1]:{p} [::7f00:1]:{p} [::1%25lo]:{p} [::1%251]:{p} 0.0.0.0:{p} 0:{p}
00:{p} 0x0:{p} 0.1:{p} [::]:{p}
user@127.0.0.1:{p} user:password@127.0.0.1:{p} 8.8.8.8@127.0.0.1:{p} 8.8.8.8%40@127.0.0.1:{p} 127.0.0.1:{p}#@8.8.8.8
127.0.0.1:{p}\\@8.8.8.8 8.8.8.8:80@127.0.0.1:{p}""".split()
# These lead elsewhere: nothing may even be tried.
ELSEWHERE = """10.0.0.1 10.1 167772161 0xa.1 172.16.0.1 172.31.255.255 192.168.0.1 3232235521 0xc0a80001 192.168.1 169.254.169.254
2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518 100.64.0.1 100.100.100.200 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1
203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 0xffffffff 4294967295 [fe80::1] [fe80::1%25eth0] [fd00:ec2::254]
[fc00::1] [fec0::1] [ff02::1] [2001:db8::1] [64:ff9b::7f00:1] [64:ff9b::169.254.169.254] [64:ff9b::10.0.0.1] [64:ff9b:1::7f00:1]
[2002:7f00:1::] [2002:a9fe:a9fe::1] [2002:a00:1::] [2001:0:7f00:1::] [2001::5601:5601] [::ffff:169.254.169.254] [::ffff:a9fe:a9fe]
[::ffff:0:127.0.0.1] [::a00:1] [100::1] [3fff::1] [5f00::1] [4000::1]""".split()


@pytest.fixture
def make_traced(make_daemon, folder, monkeypatch):
    """make_traced(allow, inside=…, **options) → a running daemon whose connects are written down, and what reads them.
    `inside` is a command to run it by, if any."""
    binary, wrapper, log = harness.JIEBANGD, folder / "traced", folder / "connects"
    monkeypatch.setattr(harness, "JIEBANGD", str(wrapper))

    def make(allow, inside="", **options):
        # -D: the daemon is our child and not strace's, signals find it. What looks for leaks is a tracer itself.
        wrapper.write_text(f'#!/bin/sh\nexport ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"\n'
                           f'exec {inside} strace -D -f -yy -qq -e trace=connect -e signal=none -o {log} {binary} "$@"\n')
        wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
        daemon = make_daemon(**options)
        write = daemon.write_config

        def write_config():
            write()
            text = daemon.config.read_text(encoding="utf-8")
            assert '[ "127.0.0.0/8" ]' in text
            wanted = "[ " + ", ".join(f'"{a}"' for a in allow) + " ]"
            daemon.config.write_text(text.replace('[ "127.0.0.0/8" ]', wanted), encoding="utf-8")
        daemon.write_config = write_config
        return daemon.start()

    def connects():
        """Of TCP: resolvers connect datagram sockets to look which address is the nearest; nothing leaves then."""
        lines = [line for line in log.read_text(errors="replace").splitlines() if "connect(" in line and "<TCP" in line]
        return [re.search(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"', line) for line in lines]

    return make, lambda: [m.group(1) or m.group(2) for m in connects()]


def try_all(daemon, urls):
    """What is said of each: the refusal when it is set, else what came of a test message."""
    said, made = {}, {}
    for url in urls:
        reply = daemon.request("POST", "/v1/endpoints", {"owner": "office", "url": url})
        if reply.status == 201:
            made[url] = daemon.post(f"/v1/endpoints/{reply.json()['id']}/test", {})["id"]
        else:
            assert reply.status == 422 and reply.json()["detail_zh"], (url, reply)
            said[url] = "refused: " + reply.json()["detail"]

    def ended():
        rows = {url: daemon.get(f"/v1/deliveries/{message}") for url, message in made.items()}
        return all(r["state"] in ("delivered", "dead", "held") for r in rows.values()) and rows
    for url, row in until("the end of the tests", ended).items() if made else ():
        said[url] = row["last_reason"] or row["state"]
    return said


def urls_of(port):
    return [f"http://{host.format(p=port)}/x" for host in LOOPBACK] + [f"http://{host}/x" for host in ELSEWHERE]


def test_no_spelling_leads_where_it_may_not(make_traced, receiver):
    make, connects = make_traced
    assert len(set(LOOPBACK + ELSEWHERE)) == len(LOOPBACK + ELSEWHERE) >= 60
    said = try_all(make([]), urls_of(receiver.port))
    wrong = {url: words for url, words in said.items() if not words.startswith(("refused:", "egress:", "dns:"))}
    assert not wrong and not connects() and not receiver.received
    # Those that only a resolver understands were judged at the connection, not by their look.
    assert said[f"http://localhost:{receiver.port}/x"] == "egress: loopback address"


def test_the_allow_list_lets_through_what_it_names_and_no_more(make_traced, receiver):
    make, connects = make_traced
    port = receiver.port
    daemon = make(["127.0.0.1"])
    through = [f"http://{h}:{port}/{n}" for n, h in enumerate(["127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost"])]
    said = try_all(daemon, [*through, f"http://127.0.0.2:{port}/no", f"http://[::1]:{port}/no", "http://10.0.0.1/no"])
    assert [said[url] for url in through] == ["delivered"] * 5
    assert len(said) == 8 and all("address" in said[url] for url in said if url.endswith("/no")), said
    assert set(connects()) == {"127.0.0.1"} and sorted(r.path for r in receiver.received) == [f"/{n}" for n in range(5)]


def test_a_redirect_is_not_followed(make_traced, receiver):
    make, connects = make_traced
    daemon = make(["127.0.0.1"])
    urls = [receiver.on(f"/{status}", statuses=[status], headers={"Location": receiver.url("/target")})
            for status in (301, 302, 303, 307, 308)]
    said = try_all(daemon, urls)
    assert sorted(said.values()) == [f"status {status}" for status in (301, 302, 303, 307, 308)]
    assert not receiver.at("/target") and len(connects()) == 5


def test_the_proxy_of_the_environment_is_not_asked(make_traced, receiver):
    make, connects = make_traced
    proxy = harness.Receiver()
    try:
        names = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
        daemon = make(["127.0.0.1"], env={**{name: proxy.url("") for name in names}, "no_proxy": "", "NO_PROXY": ""})
        said = try_all(daemon, [receiver.url("/x"), "http://10.0.0.1/", f"https://127.0.0.1:{receiver.port}/y"])
    finally:
        proxy.close()
    assert said[receiver.url("/x")] == "delivered" and "private address" in said["http://10.0.0.1/"]
    assert not proxy.received and len(receiver.received) == 1 and len(connects()) == 2


def test_a_name_that_changes_its_address_leads_nowhere_else(make_traced, folder):
    """A hundred and more answers of which each other one is forbidden, and answers that are both at once."""
    make, connects = make_traced
    world = f"{sys.executable} {Path(rebinding.__file__)} {folder}"
    own = "unshare --net --mount --propagation private" + (" --map-root-user" if os.geteuid() else "")
    daemon = make(rebinding.LISTED, inside=f"{own} {world}")
    allowed = {*rebinding.PUBLIC, *rebinding.LISTED}
    flips = [f"http://{name}:{port}/" for name in ("flip4", "flip6") for port in rebinding.PORTS]
    mixed = [f"http://{name}:{rebinding.EACH}/" for name in ("silent-and-bad4", "bad-and-good4")]
    said = try_all(daemon, flips + mixed)
    # Each question had its answer, each answer that was allowed its connection and its request, each other one nothing.
    answers = [line.split(" ") for line in (folder / "names").read_text().splitlines()]
    flipped = [address for name, address, *_ in answers if name.startswith("flip")]
    good = sorted(a for a in flipped if a in allowed)
    assert len(flipped) == 2 * rebinding.FLIPS and len(good) == rebinding.FLIPS and set(flipped) == allowed | set(rebinding.FORBIDDEN)
    words = [said[url] for url in flips]
    assert words.count("delivered") == rebinding.FLIPS and sum(w.startswith("egress: ") for w in words) == rebinding.FLIPS, said
    requests = [line.split(" ")[:2] for line in (folder / "requests").read_text().splitlines()]
    assert sorted(address for address, port in requests if int(port) != rebinding.EACH) == good
    assert sorted(connects()) == sorted([*good, rebinding.SILENT, "8.8.4.4"])
    # Where some address of an answer is forbidden and none other answers, the reason says so.
    assert said[mixed[0]].startswith(("egress: ", "connect: ")) and said[mixed[1]] == "delivered", [said[url] for url in mixed]

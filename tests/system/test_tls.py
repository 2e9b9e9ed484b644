"""The way to an endpoint as it asks for it: CA, least TLS, client certificate, proxy, source address; what TLS failed for; what is
refused when it is set (D14). Real TLS on the loopback, certificates made afresh with openssl."""
import contextlib
import os
import socket
import ssl
import threading

import pytest
from harness import ROOT, until
from test_courier import (OK, Keeper, Server, Tunnel, greet_http, greet_socks, make_ca, make_certificate, openssl,
                          read_request, tls_context)


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    make_ca(folder, "ca")
    make_ca(folder, "stranger")
    past = "2021-01-01 00:00:00"
    make_certificate(folder, "good", "localhost", "ca", at=past)
    make_certificate(folder, "wrong-name", "other.test", "ca", at=past)
    make_certificate(folder, "expired", "localhost", "ca", at=past, days="10")
    make_certificate(folder, "unknown", "localhost", "stranger", at=past)
    make_certificate(folder, "client", "client.test", "ca", at=past)
    make_certificate(folder, "strange-client", "client.test", "stranger", at=past)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "self.key", "-out", folder / "self.pem",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "36500")
    openssl("rsa", "-aes128", "-passout", "pass:x", "-in", folder / "client.key", "-out", folder / "locked.key")
    (folder / "both.pem").write_bytes((folder / "client.key").read_bytes() + (folder / "client.pem").read_bytes())
    return folder


class Peer(Server):
    """What it does not like it says, and then listens on until the other side has closed: a close with octets unread would be a
    reset, which may overtake the alert."""

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, plain):
        connection = self.context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        with connection, contextlib.suppress(OSError):
            try:
                connection.do_handshake()
            except ssl.SSLError:
                socket.socket.shutdown(connection, socket.SHUT_WR)
                while socket.socket.recv(connection, 65536):
                    pass
                return
            self.requests.append(read_request(connection))
            connection.sendall(OK)
            connection.unwrap()


def context_of(pki, name, newest=None, clients=False):
    context = tls_context(pki, name)
    if newest:
        context.maximum_version = newest
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(pki / "ca.pem")
    return context


def add(daemon, url, options=None, owner="office"):
    return daemon.post("/v1/endpoints", {"owner": owner, "url": url, "options": options or {}})["id"]


def try_it(daemon, *ids):
    """A test message to each at once, which is not repeated: what came of them, in the order of the ids."""
    made = [daemon.post(f"/v1/endpoints/{i}/test", {})["id"] for i in ids]

    def ended():
        rows = [daemon.get(f"/v1/deliveries/{m}") for m in made]
        return all(r["state"] in ("delivered", "dead", "held") for r in rows) and rows
    rows = until("the end of the tests", ended)
    return [r["attempt_list"][-1]["reason"] or r["state"] for r in rows]


CLIENT = {"client_cert": "client.pem", "client_key": "client.key"}
TLS = [  # the server's certificate, its newest TLS, whether it wants a certificate; the endpoint's options; what comes of it
    ("good", None, False, {"ca_file": "ca.pem"}, "delivered"),
    ("good", None, False, {}, "certificate: unknown issuer"),
    ("good", None, False, {"ca_file": "stranger.pem"}, "certificate: unknown issuer"),
    ("unknown", None, False, {"ca_file": "ca.pem"}, "certificate: unknown issuer"),
    ("unknown", None, False, {"ca_file": "stranger.pem"}, "delivered"),
    ("self", None, False, {"ca_file": "ca.pem"}, "certificate: unknown issuer (self-signed)"),
    ("self", None, False, {"ca_file": "self.pem"}, "delivered"),
    ("wrong-name", None, False, {"ca_file": "ca.pem"}, "certificate: wrong name"),
    ("expired", None, False, {"ca_file": "ca.pem"}, "certificate: expired"),
    ("good", ssl.TLSVersion.TLSv1_2, False, {"ca_file": "ca.pem"}, "delivered"),
    ("good", ssl.TLSVersion.TLSv1_2, False, {"ca_file": "ca.pem", "tls_min": "1.2"}, "delivered"),
    ("good", ssl.TLSVersion.TLSv1_2, False, {"ca_file": "ca.pem", "tls_min": "1.3"}, "tls: protocol too old"),
    ("good", ssl.TLSVersion.TLSv1_3, False, {"ca_file": "ca.pem", "tls_min": "1.3"}, "delivered"),
    ("good", None, True, {"ca_file": "ca.pem"}, "tls: client certificate wanted"),
    ("good", None, True, {"ca_file": "ca.pem", **CLIENT}, "delivered"),
    ("good", ssl.TLSVersion.TLSv1_2, True, {"ca_file": "ca.pem", **CLIENT}, "delivered"),
    ("good", None, True, {"ca_file": "ca.pem", "client_cert": "both.pem", "client_key": "both.pem"}, "delivered"),
    ("good", None, True, {"ca_file": "ca.pem", "client_cert": "strange-client.pem", "client_key": "strange-client.key"},
     "tls: client certificate refused"),
]


def with_paths(pki, options):
    return {k: str(pki / v) if v.endswith((".pem", ".key")) else v for k, v in options.items()}


def test_each_gets_its_own_tls_and_what_fails_says_why(daemon, pki):
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(Peer(context_of(pki, name, newest, clients))) for name, newest, clients, _, _ in TLS]
        ids = [add(daemon, f"https://localhost:{peer.port}/{n}?key=SECRETKEY", {"https_only": True, **with_paths(pki, row[3])})
               for n, (peer, row) in enumerate(zip(peers, TLS))]
        for _ in range(2):  # at once, so that lines and CA stores of one meet those of another
            assert dict(enumerate(try_it(daemon, *ids))) == dict(enumerate(row[4] for row in TLS))
    for peer, row in zip(peers, TLS):
        assert len([r for r in peer.requests if r]) == (2 if row[4] == "delivered" else 0), row
    assert "SECRETKEY" not in daemon.log()


def remind(daemon, day):
    """The reminder of that day to un_1's endpoint, which is not repeated before the next one: what came of it."""
    daemon.post("/v1/clock/advance", {"to": f"{day}T09:05:00+08:00"})
    newest = daemon.get("/v1/deliveries?unit=un_1&limit=1")["data"][0]["id"]
    row = until("the end of an attempt", lambda: [r for r in [daemon.get(f"/v1/deliveries/{newest}")]
                                                  if r["state"] != "sending" and r["attempt_list"]])[0]
    return row["attempt_list"][-1]["reason"] or row["state"]


def test_what_is_changed_holds_for_a_connection_that_is_kept(daemon, pki):
    daemon.ctl("unit", "import", "--programme", "future-2023", str(ROOT / "tests/data/shortlist-2023.csv"), code=0)
    daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-02", code=0)
    with Keeper(context_of(pki, "good", ssl.TLSVersion.TLSv1_2)) as server:
        one = add(daemon, f"https://localhost:{server.port}/x", {"ca_file": str(pki / "ca.pem"), "retry_s": [7 * 86400]},
                  owner="unit:un_1")
        days = ["2025-01-02", "2025-02-01", "2025-02-14", "2025-02-24"]
        assert [remind(daemon, day) for day in days] == ["delivered"] * 4
        assert len(server.connections) == 1
        daemon.ctl("endpoint", "set", one, "--option", "tls_min=1.3", code=0)
        assert remind(daemon, "2025-02-28") == "tls: protocol too old"
        daemon.ctl("endpoint", "set", one, "--option", "tls_min=", "--option", "ca_file=", code=0)
        assert remind(daemon, "2025-03-02") == "certificate: unknown issuer"
        daemon.ctl("endpoint", "set", one, "--option", f"ca_file={pki / 'ca.pem'}", code=0)
        assert remind(daemon, "2025-03-03") == "delivered"
        assert len(server.requests) == 5
        daemon.stop()  # which closes what the server waits for


def test_files_are_read_at_each_connection(daemon, pki, tmp_path):
    """A renewed CA holds at once, and one that is gone says so."""
    ca = tmp_path / "own-ca.pem"
    ca.write_bytes((pki / "stranger.pem").read_bytes())
    with Peer(context_of(pki, "good")) as server:
        one = add(daemon, f"https://localhost:{server.port}/x", {"ca_file": str(ca)})
        assert try_it(daemon, one) == ["certificate: unknown issuer"]
        ca.write_bytes((pki / "ca.pem").read_bytes())
        assert try_it(daemon, one) == ["delivered"]
        ca.unlink()
        assert try_it(daemon, one) == ["certificate: CA file unreadable"]


def test_a_proxy_of_its_own(daemon, pki):
    with Keeper(context_of(pki, "good")) as tls, Keeper() as plain, Tunnel(tls.port, greet_http) as tunnel, \
            Tunnel(plain.port, greet_socks) as socks, Server() as http:
        ids = [add(daemon, "https://localhost:4430/a", {"proxy": f"http://127.0.0.1:{tunnel.port}", "ca_file": str(pki / "ca.pem")}),
               add(daemon, "http://nowhere.test:8080/b", {"proxy": f"socks5h://127.0.0.1:{socks.port}"}),
               add(daemon, "http://nowhere.test:8081/c", {"proxy": f"http://127.0.0.1:{http.port}"}),
               add(daemon, f"http://127.0.0.1:{plain.port}/d", {"proxy": "none"}),
               add(daemon, "http://nowhere.test/e", {"proxy": "http://10.0.0.1:3128"}),
               add(daemon, "http://nowhere.test/f", {"proxy": "socks5h://[::ffff:169.254.169.254]:80"})]
        assert try_it(daemon, *ids) == ["delivered"] * 4 + ["egress: private address", "egress: link-local address"]
        daemon.stop()  # which closes what the servers wait for
    assert tunnel.asked == [b"CONNECT localhost:4430 HTTP/1.1"]
    assert socks.asked == [b"\x05\x01\x00\x03nowhere.test:8080"]
    assert http.requests[0].startswith(b"POST http://nowhere.test:8081/c HTTP/1.1\r\nHost: nowhere.test:8081\r\n")
    assert sorted(r.split(b" ")[1] for r in plain.requests) == [b"/b", b"/d"]


def test_the_source_address(daemon, receiver):
    heard = []
    take = receiver.take
    receiver.take = lambda handler: (heard.append((handler.path, handler.client_address[0])), take(handler))
    ids = [add(daemon, receiver.url("/a"), {"source": "127.0.0.77"}), add(daemon, receiver.url("/b")),
           add(daemon, receiver.url("/c"), {"source": "192.0.2.1"})]
    assert try_it(daemon, *ids) == ["delivered", "delivered", "connect: source address unusable"]
    assert sorted(heard) == [("/a", "127.0.0.77"), ("/b", "127.0.0.1")]


REFUSED = [
    ({"ca_file": "none.pem"}, "ca_file", "there is no such file"),
    ({"ca_file": "."}, "ca_file", "it is not a regular file"),
    ({"ca_file": "pipe"}, "ca_file", "it is not a regular file"),
    ({"ca_file": "loop"}, "ca_file", "the file can't be read"),
    ({"ca_file": "large"}, "ca_file", "the file is larger than 4 MiB"),
    ({"ca_file": "client.key"}, "ca_file", "there is no certificate in the file (PEM)"),
    ({"client_cert": "client.key", "client_key": "client.key"}, "client_cert", "there is no certificate"),
    ({"client_cert": "client.pem", "client_key": "client.pem"}, "client_key", "there is no private key"),
    ({"client_cert": "client.pem", "client_key": "locked.key"}, "client_key", "without a pass phrase"),
    ({"client_cert": "client.pem", "client_key": "good.key"}, "client_key", "the key is not the certificate's"),
    ({"client_cert": "client.pem"}, "client_key", "client_cert needs client_key"),
    ({"client_key": "client.key"}, "client_cert", "client_key needs client_cert"),
]


def test_what_can_not_work_is_refused_when_it_is_set(daemon, receiver, pki):
    os.mkfifo(pki / "pipe")
    (pki / "loop").symlink_to(pki / "loop")
    with (pki / "large").open("wb") as large:
        large.truncate(4 * 1024 * 1024 + 1)
    one = add(daemon, receiver.url("/kept"))
    for names, pointer, says in REFUSED:
        options = {k: str(pki / v) for k, v in names.items()}
        for reply in (daemon.request("POST", "/v1/endpoints", {"owner": "office", "url": receiver.url("/n"), "options": options}),
                      daemon.request("PATCH", f"/v1/endpoints/{one}", {"options": options})):
            problem = reply.json()
            assert (reply.status, problem["pointer"]) == (422, f"/options/{pointer}"), problem
            assert says in problem["detail"] and problem["detail_zh"] and str(pki) not in problem["detail"]
    refused = daemon.request("PATCH", f"/v1/endpoints/{one}", {"options": {"https_only": True}}).json()
    assert refused["pointer"] == "/options/https_only" and "needs a URL of https" in refused["detail"], refused
    assert daemon.get(f"/v1/endpoints/{one}")["options"] == {}


def test_of_a_key_only_its_place_is_kept(daemon, pki):
    one = add(daemon, "https://localhost:4430/x", with_paths(pki, CLIENT))
    assert daemon.get(f"/v1/endpoints/{one}")["options"] == with_paths(pki, CLIENT)
    daemon.stop()
    secret = (pki / "client.key").read_bytes().split(b"\n")[3]
    kept = [f for f in daemon.folder.rglob("*") if f.is_file()]
    assert len(secret) == 64 and any(str(pki / "client.key").encode() in f.read_bytes() for f in kept)
    assert not [f for f in kept if secret in f.read_bytes()]

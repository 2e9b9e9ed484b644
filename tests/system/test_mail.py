"""Mail as an endpoint (D16): what arrives at a real relay, as Python's email package reads it; what each answer of a relay leads to;
TLS, passwords, a relay that hangs, a daemon that dies. Relays: relay.py."""
import base64
import email.utils
import json
import re
import stat
import subprocess
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from harness import JIEBANGD, WAIT_S, clean_env, until
from relay import PASSWORD, USER, Exim, Pliant
from test_courier import make_ca, make_certificate, tls_context
from test_delivery import BEFORE_60, published

FROM = "jiebang@office.example"


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    past = "2021-01-01 00:00:00"
    make_ca(folder, "ca")
    make_ca(folder, "stranger")
    make_certificate(folder, "good", "localhost", "ca", at=past)
    make_certificate(folder, "wrong-name", "other.test", "ca", at=past)
    make_certificate(folder, "expired", "localhost", "ca", at=past, days="10")
    return folder


def settings(port, scheme="smtp", **more):
    values = {"relay": f"{scheme}://localhost:{port}", "from": FROM, "starttls": "optional", **more}
    return "mail = { " + " ".join(f'{k} = {v};' if isinstance(v, int) else f'{k} = "{v}";' for k, v in values.items()) + " };"


@pytest.fixture
def pliant():
    relay = Pliant()
    yield relay
    relay.close()


@pytest.fixture
def sender(make_daemon, pliant):
    """A daemon that sends mail by the pliant relay, in clear text."""
    return make_daemon(extra=settings(pliant.port)).start()


def mailbox(daemon, local, owner="office", **options):
    made = daemon.post("/v1/endpoints", {"owner": owner, "url": f"mailto:{local}@unit.example", "options": options})
    assert made["format"] == "mail"
    return made["id"]


def test_message(daemon, endpoint):
    return daemon.post(f"/v1/endpoints/{endpoint}/test", {})["id"]


test_message.__test__ = False


def delivery(daemon, message, *states):
    """It, once it is in one of the states."""
    def seen():
        row = daemon.get(f"/v1/deliveries/{message}")
        return row if row["state"] in states else None
    return until(f"{message} {'/'.join(states)}", seen)


def last(row):
    return row["attempt_list"][-1]


def messages_of(daemon, endpoint):
    return [daemon.get(f"/v1/deliveries/{m['id']}") for m in daemon.get(f"/v1/messages?endpoint={endpoint}&limit=100")["data"]]


def advance_quietly(daemon, to):
    try:
        daemon.request("POST", "/v1/clock/advance", {"to": to})
    except OSError:
        pass


def check_mail(mail, row, language, to):
    """All of it against the frozen body that the daemon shows."""
    body = json.loads(row["body"])
    said = body["data"]["text"][language]
    assert mail.defects == [] and mail.get_content_type() == "text/plain" and mail.get_content_charset() == "utf-8"
    assert mail.get_content().replace("\r\n", "\n") == said.rstrip("\n") + "\n"
    first = said.split("\n")[0]
    assert mail["Subject"] == (first if len(first) <= 120 else first[:120] + "…")
    assert mail["Subject"].defects == () and mail["From"].defects == () and mail["To"].defects == ()
    assert [(a.display_name, a.addr_spec) for a in mail["From"].addresses] == [("揭榜挂帅，办公室", FROM)]
    assert [a.addr_spec for a in mail["To"].addresses] == [to] and [a.addr_spec for a in mail["Reply-To"].addresses] == ["desk@office.example"]
    assert mail["Message-ID"] == f"<{row['id']}@office.example>" and mail["X-Jiebang-Id"] == row["id"]
    assert mail["X-Jiebang-Type"] == row["type"] == body["type"]
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Content-Language"] == language
    sent = email.utils.parsedate_to_datetime(str(mail["Date"]))
    assert abs(sent - datetime.now(timezone.utc)) < timedelta(minutes=10) and sent.utcoffset() == timedelta(hours=8)


def secret_file(folder, text):
    path = Path(folder) / "password"
    path.write_text(text, encoding="utf-8")
    path.chmod(stat.S_IRUSR)
    return str(path)


def test_what_a_real_relay_takes_is_what_was_meant(make_daemon, pki, folder):
    exim = Exim(pki)
    try:
        daemon = make_daemon(extra=settings(
            exim.port, starttls="required", user=USER, password_file=secret_file(folder, PASSWORD + "\n"),
            ca_file=pki / "ca.pem", from_name="揭榜挂帅，办公室", reply_to="desk@office.example", hello="jiebang.office.example")).start()
        published(daemon)
        unit = mailbox(daemon, "clerk", "unit:un_1")
        english = mailbox(daemon, "o'brien+desk", "unit:un_1", language="en")
        gone = mailbox(daemon, "nobody", "unit:un_1")
        daemon.post("/v1/clock/advance", {"to": BEFORE_60})
        until("both delivered", lambda: all(r["state"] == "delivered" for e in (unit, english) for r in messages_of(daemon, e)))
        rows = {r["id"]: r for e in (unit, english) for r in messages_of(daemon, e)}
        assert len(rows) == 2
        mails = exim.wait(2)
        assert len(mails) == 2
        for mail in mails:
            row = rows[mail["X-Jiebang-Id"]]
            english_one = row["endpoint"] == english
            check_mail(mail, row, "en" if english_one else "zh", ("o'brien+desk" if english_one else "clerk") + "@unit.example")
            assert "esmtpsa" in mail["Received"] and "jiebang.office.example" in mail["Received"]
            assert mail["Return-path"] == f"<{FROM}>"
            assert last(row)["status"] == 250 and "OK id=" in last(row)["excerpt"]
        assert {"还有 60 天" in m.get_content() for m in mails} == {True, False}
        # A mailbox that is not there: dead at once, with what the relay said; told of as an event.
        dead, = messages_of(daemon, gone)
        assert (dead["state"], dead["reason"], dead["attempts"]) == ("dead", "rejected", 1)
        assert (last(dead)["status"], last(dead)["reason"], last(dead)["excerpt"]) == \
            (550, "smtp: recipient refused (550)", "5.1.1 no such mailbox")
        assert [e["data"]["message"] for e in daemon.get("/v1/events?limit=1000")["data"] if e["type"] == "endpoint.exhausted"] == [dead["id"]]
        # The password is nowhere but in its file and in the daemon.
        words = [PASSWORD, base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()]
        shown = [daemon.log(), daemon.get("/v1/endpoints"), daemon.request("GET", "/metrics").body, exim.log(),
                 Path(f"/proc/{daemon.process.pid}/cmdline").read_bytes(), Path(f"/proc/{daemon.process.pid}/environ").read_bytes(),
                 subprocess.run([JIEBANGD, "--config", daemon.config, "--print-config"], capture_output=True, check=True).stdout]
        for where in map(str, shown):
            assert not any(w in where for w in words), where
        daemon.stop()
    finally:
        exim.close()


RELAY_SAYS = [  # place, what it says; then: state, reason of the attempt
    ("RCPT", "450 4.2.0 greylisted, try later", "due", "smtp: recipient refused (450)"),
    ("RCPT", "550 5.1.1 unknown user", "dead", "smtp: recipient refused (550)"),
    ("RCPT", "553-5.7.1 one\r\n553 5.7.1 two", "dead", "smtp: recipient refused (553)"),
    ("RCPT", "530 5.7.0 authenticate first", "due", "smtp: authentication or TLS wanted (530)"),
    ("RCPT", "421 4.3.2 shutting down", "due", "smtp: relay is closing (421)"),
    ("RCPT", "251 2.1.5 will be forwarded", "delivered", ""),
    ("RCPT", "354 go on", "due", "smtp: answer out of place"),
    ("RCPT", "nonsense", "due", "smtp: malformed answer"),
    ("DATA", "552 5.3.4 too big", "dead", "smtp: mail refused (552)"),
    ("DATA", "554 5.7.1 spam, says the filter \u001b[31m", "dead", "smtp: mail refused (554)"),
    ("DATA", "451 4.3.0 disk full", "due", "smtp: mail refused (451)"),
    ("DATA", "250 2.0.0 taken as 1", "delivered", ""),
]


def test_every_answer_has_its_verdict(sender, pliant):
    """By reminders, which are retried, on one daemon; then what was put off is asked again."""
    published(sender)
    ids = []
    for n, (place, says, _, _) in enumerate(RELAY_SAYS):
        pliant.answer.says[(place, f"m{n}")] = says
        ids.append(mailbox(sender, f"m{n}", "unit:un_1"))
    sender.post("/v1/clock/advance", {"to": BEFORE_60})
    got = {}
    for n, (place, says, state, reason) in enumerate(RELAY_SAYS):
        row = until(f"an attempt of m{n}", lambda n=n: (lambda r: r if r["attempt_list"] and r["state"] != "sending" else None)(
            messages_of(sender, ids[n])[0]))
        got[n] = (row["state"], last(row)["reason"] or "")
        code = re.match(r"\d{3}", says)
        if state != "delivered" and code and "place" not in reason:
            assert last(row)["status"] == int(code.group()), row
            text = " ".join(line[4:] for line in says.split("\r\n"))
            assert last(row)["excerpt"] == "".join(c if c >= " " else " " for c in text), row
    assert got == {n: (state, reason) for n, (_, _, state, reason) in enumerate(RELAY_SAYS)}
    # Later the relay has changed its mind: what waits arrives, once, and what is dead stays so.
    pliant.answer.says.clear()
    sender.post("/v1/clock/advance", {"to": "2025-01-02T09:06:00+08:00"})
    for n, (_, _, state, _) in enumerate(RELAY_SAYS):
        row, = messages_of(sender, ids[n])
        assert row["state"] == ("dead" if state == "dead" else "delivered")
        assert len({m["Message-ID"] for m in pliant.to(f"m{n}")}) <= 1


def test_a_sender_that_is_refused_loses_nothing(sender, pliant):
    """5yz to MAIL is about us: an operator mends it, and the mails go."""
    published(sender)
    box = mailbox(sender, "clerk", "unit:un_1")
    pliant.answer.says[("MAIL", "jiebang")] = "550 5.7.1 no relaying for you"
    sender.post("/v1/clock/advance", {"to": BEFORE_60})
    row = until("an attempt", lambda: (lambda r: r if r["attempt_list"] and r["state"] == "due" else None)(messages_of(sender, box)[0]))
    assert (last(row)["reason"], last(row)["excerpt"]) == ("smtp: sender refused (550)", "5.7.1 no relaying for you")
    del pliant.answer.says[("MAIL", "jiebang")]
    sender.post("/v1/clock/advance", {"to": "2025-01-02T09:06:00+08:00"})
    mail, = pliant.wait(1, "clerk")
    assert mail["X-Jiebang-Id"] == row["id"] and messages_of(sender, box)[0]["state"] == "delivered"


WAYS = [  # the relay: certificate (None: no TLS), implicit, user; the settings; what comes of a test message
    ("good", False, None, {"starttls": "required", "ca_file": "ca.pem"}, "delivered"),
    ("good", False, None, {"starttls": "optional", "ca_file": "ca.pem"}, "delivered"),
    (None, False, None, {"starttls": "optional"}, "delivered"),
    (None, False, None, {"starttls": "required"}, "tls: STARTTLS not offered"),
    ("good", False, None, {"starttls": "required"}, "certificate: unknown issuer"),
    ("good", False, None, {"starttls": "optional", "ca_file": "stranger.pem"}, "certificate: unknown issuer"),
    ("wrong-name", False, None, {"starttls": "required", "ca_file": "ca.pem"}, "certificate: wrong name"),
    ("expired", False, None, {"starttls": "required", "ca_file": "ca.pem"}, "certificate: expired"),
    ("good", True, None, {"scheme": "smtps", "ca_file": "ca.pem"}, "delivered"),
    ("wrong-name", True, None, {"scheme": "smtps", "ca_file": "ca.pem"}, "certificate: wrong name"),
    ("good", True, (USER, PASSWORD), {"scheme": "smtps", "ca_file": "ca.pem", "user": USER}, "delivered"),
    ("good", False, (USER, "another"), {"starttls": "required", "ca_file": "ca.pem", "user": USER}, "smtp: user or password refused"),
]


@pytest.mark.parametrize("certificate, implicit, user, more, comes", WAYS)
def test_the_way_to_the_relay(make_daemon, pki, folder, certificate, implicit, user, more, comes):
    relay = Pliant(tls_context(pki, certificate) if certificate else None, implicit, user)
    try:
        more = {k: str(pki / v) if k == "ca_file" else v for k, v in more.items()}
        if "user" in more:
            more["password_file"] = secret_file(folder, PASSWORD)
        daemon = make_daemon(extra=settings(relay.port, **more)).start()
        row = delivery(daemon, test_message(daemon, mailbox(daemon, "clerk")), "delivered", "dead")
        assert (last(row)["reason"] or row["state"]) == comes
        assert len(relay.to("clerk")) == (1 if comes == "delivered" else 0)
        if user:
            assert relay.logins == [(USER.encode(), PASSWORD.encode())]
        if "refused" in comes:
            assert last(row)["status"] == 535 and last(row)["excerpt"].startswith("5.7.8")
        assert PASSWORD not in daemon.log()
        daemon.stop()
    finally:
        relay.close()


def test_a_test_says_it_is_one_and_what_is_far_is_named(make_daemon, pliant):
    """No relay there, no such name; then one that is there."""
    daemon = make_daemon(extra=settings(1)).start()
    row = delivery(daemon, test_message(daemon, mailbox(daemon, "clerk")), "dead")
    assert last(row)["reason"] == "connect: refused by the peer" and last(row)["status"] is None
    daemon.stop()
    daemon.extra = settings(pliant.port)
    daemon.start()
    zh, en = mailbox(daemon, "zh"), mailbox(daemon, "en", language="en")
    for box in (zh, en):
        delivery(daemon, test_message(daemon, box), "delivered")
    assert "测试" in pliant.to("zh")[0].get_content() and "测试" in pliant.to("zh")[0]["Subject"]
    assert "test" in pliant.to("en")[0].get_content()
    assert pliant.answer.hellos[-1] != "" and pliant.answer.senders[-1] == FROM


def test_killed_between_the_relay_and_the_record_it_comes_twice_under_one_id(sender, pliant):
    published(sender)
    box = mailbox(sender, "clerk", "unit:un_1")
    held = pliant.answer.hold["clerk"] = threading.Event()
    walk = threading.Thread(target=advance_quietly, args=[sender, BEFORE_60], daemon=True)
    walk.start()
    pliant.wait(1, "clerk")  # it has the mail, and has not said so
    assert messages_of(sender, box)[0]["state"] == "sending"
    sender.kill()
    walk.join(WAIT_S)
    held.set()
    del pliant.answer.hold["clerk"]
    sender.start()
    row = until("delivered", lambda: (lambda r: r if r["state"] == "delivered" else None)(messages_of(sender, box)[0]))
    first, second = pliant.to("clerk")
    assert first["Message-ID"] == second["Message-ID"] == f"<{row['id']}@office.example>"
    assert first.get_content() == second.get_content() and first["Subject"] == second["Subject"]
    assert [a["outcome"] for a in row["attempt_list"]] == ["unknown", "delivered"]


def test_a_relay_that_hangs_holds_up_mails_and_nothing_else(make_daemon, pliant, receiver):
    daemon = make_daemon(extra=settings(pliant.port, connections=2)).start()
    published(daemon)
    before = pliant.answer.connections
    held = threading.Event()
    for n in range(40):
        pliant.answer.hold[f"m{n}"] = held
        mailbox(daemon, f"m{n}", "unit:un_1")
    walk = threading.Thread(target=advance_quietly, args=[daemon, BEFORE_60], daemon=True)
    walk.start()
    until("two mails under way", lambda: len(pliant.answer.mails) == 2)
    hooks = [daemon.post("/v1/endpoints", {"owner": "office", "url": receiver.url(f"/{n}")})["id"] for n in range(40)]
    for hook in hooks:
        test_message(daemon, hook)
    receiver.wait(40)
    assert len(pliant.answer.mails) == 2  # nobody else has come to the relay
    states = [d["state"] for d in daemon.get("/v1/deliveries?unit=un_1&limit=1000")["data"]]
    assert len(states) == 40 and states.count("sending") == 16  # no more than it can soon send
    held.set()
    walk.join(WAIT_S)
    assert {d["state"] for d in daemon.get("/v1/deliveries?unit=un_1&limit=1000")["data"]} == {"delivered"}
    assert len(pliant.answer.mails) == 40 and pliant.answer.connections - before == 2  # the lines were kept
    daemon.stop()


def test_a_line_that_the_relay_closed_meanwhile_is_made_anew(sender, pliant):
    """By reminders 60, 30, 15 and 7 days before: a test message has a connection of its own."""
    published(sender)
    box = mailbox(sender, "clerk", "unit:un_1")
    before = pliant.answer.connections
    for n, day in enumerate(("2025-01-02", "2025-02-01"), start=1):
        sender.post("/v1/clock/advance", {"to": f"{day}T09:05:00+08:00"})
        assert [r["state"] for r in messages_of(sender, box)] == ["delivered"] * n
    assert pliant.answer.connections - before == 1
    pliant.answer.says[("MAIL", "jiebang")] = "421 4.4.2 idle for too long"
    sender.post("/v1/clock/advance", {"to": "2025-02-16T09:05:00+08:00"})
    row = messages_of(sender, box)[0]  # each attempt has heard it on a new line, the first one on the kept one as well
    assert row["state"] == "due" and {a["reason"] for a in row["attempt_list"]} == {"smtp: relay is closing (421)"}
    assert pliant.answer.connections - before == 1 + len(row["attempt_list"])
    del pliant.answer.says[("MAIL", "jiebang")]
    sender.post("/v1/clock/advance", {"to": "2025-02-17T00:00:00+08:00"})
    assert messages_of(sender, box)[0]["state"] == "delivered"
    pliant.drop()
    sender.post("/v1/clock/advance", {"to": "2025-02-24T09:05:00+08:00"})
    rows = messages_of(sender, box)
    assert [r["state"] for r in rows] == ["delivered"] * 4 and rows[0]["attempts"] == 1


def test_a_stop_waits_for_the_mail_under_way(sender, pliant):
    held = pliant.answer.hold["clerk"] = threading.Event()
    message = test_message(sender, mailbox(sender, "clerk"))
    pliant.wait(1, "clerk")
    threading.Timer(0.3, held.set).start()
    sender.stop()
    sender.start()
    assert sender.get(f"/v1/deliveries/{message}")["state"] == "delivered" and len(pliant.to("clerk")) == 1


REFUSED = [  # body; pointer, what is said, and in Chinese
    ({"url": "mailto:"}, "/url", "the address must be user@host", "用户名@主机"),
    ({"url": "mailto:clerk"}, "/url", "the address must be user@host", "用户名@主机"),
    ({"url": "mailto:a@b\r\nBcc: c@d"}, "/url", "a control character in the address", "控制字符"),
    ({"url": "mailto:a@b%0D%0ABcc:c@d"}, "/url", "the address alone is wanted", "只写一个地址"),
    ({"url": "mailto:a@b?bcc=c@d"}, "/url", "the address alone is wanted", "只写一个地址"),
    ({"url": "mailto:a@b,c@d"}, "/url", "the address alone is wanted", "只写一个地址"),
    ({"url": "mailto:文员@unit.example"}, "/url", "letters beyond ASCII", "非 ASCII"),
    ({"url": "mailto:clerk@-unit.example"}, "/url", "malformed host", "主机名格式错误"),
    ({"url": "mailto:a..b@unit.example"}, "/url", "malformed before the @", "格式错误"),
    ({"url": "mailto:a@b", "format": "standard"}, "/url", "mailto: goes with the format mail", "只用于 mail"),
    ({"url": "https://unit.example/", "format": "mail"}, "/url", "write mailto: and the address", "请写 mailto:"),
    ({"url": "mailto:a@b", "secret": "whsec_" + "A" * 32}, "/secret", "a mail is not signed", "邮件不签名"),
    ({"url": "mailto:a@b", "options": {"proxy": "none"}}, "/options/proxy", "a mailbox has no such option", "邮箱没有这个选项"),
    ({"url": "mailto:a@b", "options": {"language": "de"}}, "/options/language", "zh or en", "zh 或 en"),
]


def test_what_can_not_be_a_mailbox_is_refused(sender):
    for body, pointer, says, chinese in REFUSED:
        reply = sender.request("POST", "/v1/endpoints", {"owner": "office", **body})
        problem = reply.json()
        assert reply.status == 422 and problem["pointer"] == pointer and says in problem["detail"], problem
        assert chinese in problem["detail_zh"], problem
    made = mailbox(sender, "clerk", language="en")
    shown = sender.get(f"/v1/endpoints/{made}")
    assert (shown["url"], shown["format"], shown["options"]) == ("mailto:clerk@unit.example", "mail", {"language": "en"})
    for url in ("https://unit.example/", "mailto:x"):
        assert sender.request("PATCH", f"/v1/endpoints/{made}", {"url": url}).status == 422
    hook = sender.post("/v1/endpoints", {"owner": "office", "url": "http://127.0.0.1:9/"})["id"]
    assert sender.request("PATCH", f"/v1/endpoints/{hook}", {"url": "mailto:a@b"}).status == 422
    assert sender.request("PATCH", f"/v1/endpoints/{made}", {"url": "mailto:other@unit.example"}).json()["url"] == "mailto:other@unit.example"


def test_without_a_relay_there_is_no_mail(make_daemon, pliant):
    daemon = make_daemon(extra=settings(pliant.port)).start()
    box = mailbox(daemon, "clerk")
    daemon.stop()
    daemon.extra = ""
    daemon.start()
    reply = daemon.request("POST", "/v1/endpoints", {"owner": "office", "url": "mailto:other@unit.example"})
    assert reply.status == 422 and "no relay" in reply.json()["detail"] and "mail.relay" in reply.json()["hint"]
    row = delivery(daemon, test_message(daemon, box), "held")  # by whoever set it up when there was one
    assert (row["reason"], last(row)["reason"]) == ("egress", "mail: no relay for mail is configured")
    daemon.stop()
    daemon.extra = settings(pliant.port)
    daemon.start()
    daemon.ctl("delivery", "retry", row["id"], code=0)
    delivery(daemon, row["id"], "delivered")


def test_a_password_that_is_not_there_is_told_before_anything_begins(make_daemon, folder):
    daemon = make_daemon(extra=settings(25, scheme="smtps", user=USER, password_file=folder / "none"))
    daemon.write_config()
    for more in (["--check"], []):
        said = subprocess.run([JIEBANGD, "--config", daemon.config, *more], capture_output=True, text=True, timeout=WAIT_S,
                              env=clean_env())
        assert said.returncode == 78 and f"{folder}/none: No such file" in said.stderr, said


def test_the_client_takes_a_mailbox(sender, pliant):
    made = sender.ctl("endpoint", "add", "--owner", "office", "--format", "mail", "--url", "mailto:clerk@unit.example",
                      "--option", "language=en", "-o", "json", code=0).json()
    assert made["format"] == "mail" and "secret" not in made
    listed = sender.ctl("endpoint", "list", code=0).out
    assert "mailto:clerk@unit.example" in listed
    sender.ctl("endpoint", "test", made["id"], code=0)
    pliant.wait(1, "clerk")

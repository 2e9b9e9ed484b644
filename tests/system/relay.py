"""Relays for mail: a real one, exim, which knows STARTTLS and AUTH and keeps what it takes in files; and a pliant one, aiosmtpd,
which answers as a test wants it to."""
import asyncio
import contextlib
import email
import email.policy
import socket
import subprocess
import tempfile
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from harness import free_port, until
from machine import as_root

EXIM = "/usr/sbin/exim4"
USER, PASSWORD = "clerk", "pass word 口令"

EXIM_CONF = """
primary_hostname = relay.test
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts = *
tls_certificate = {folder}/relay.pem
tls_privatekey = {folder}/relay.key
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
acl_smtp_rcpt = rcpt
never_users =
keep_environment =
begin acl
rcpt:
  deny message = authentication required
       !authenticated = *
  deny local_parts = nobody
       message = 5.1.1 no such mailbox
  accept
begin routers
local:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = {folder}/box
  envelope_to_add
  return_path_add
  user = Debian-exim
  group = Debian-exim
  mode = 0644
  directory_mode = 0755
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user_name}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
"""


def parse(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)


class Exim:
    """Debian's exim on a port and in a folder of its own. It begins as root and gives itself up to its own user, who then owns what
    lies there."""

    def __init__(self, pki, certificate="good"):
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="jb-exim-"))
        self.box = self.folder / "box"
        self.folder.chmod(0o755)
        for name in ("spool", "log", "box"):
            (self.folder / name).mkdir()
        for end in ("pem", "key"):
            (self.folder / f"relay.{end}").write_bytes((pki / f"{certificate}.{end}").read_bytes())
        config = self.folder / "exim.conf"
        config.write_text(EXIM_CONF.format(folder=self.folder, port=self.port, user_name=USER, password=PASSWORD),
                          encoding="utf-8")
        config.chmod(0o644)
        mine = [p for p in self.folder.iterdir() if p != config]
        subprocess.run(as_root("chown", "Debian-exim:Debian-exim", *mine), check=True)
        subprocess.run(as_root("chown", "root:root", config), check=True)
        with (self.folder / "out").open("wb") as out:
            self.process = subprocess.Popen(as_root(EXIM, "-C", config, "-bdf"), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        until("exim", self.is_ready)

    def is_ready(self):
        assert self.process.poll() is None, self.log() + (self.folder / "out").read_text(errors="replace")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 60) as connection:
            return connection.recv(3) == b"220"
        return False

    def log(self):
        return subprocess.run(as_root("sh", "-c", f"cat {self.folder}/log/*"), capture_output=True, text=True, errors="replace").stdout

    def mails(self):
        """What has been delivered, parsed, oldest first; a file has its name once it is whole."""
        return [parse(p.read_bytes()) for p in sorted(self.box.glob("q*"), key=lambda p: p.stat().st_mtime_ns)]

    def wait(self, count):
        return until(f"{count} mails at exim", lambda: (len(self.mails()) >= count and self.mails()) or None)

    def close(self):
        subprocess.run(as_root("sh", "-c", f"kill $(cat {self.folder}/exim.pid); rm -rf {self.folder}"), check=True)
        self.process.wait()


class Answer:
    """What a relay says at each place, by the address before the @; and what it was given."""

    def __init__(self):
        self.mails = []       # of each mail that came whole: (recipient, octets), taken or not
        self.says = {}        # (place, local part) → answer; place: MAIL, RCPT, DATA
        self.hold = {}        # local part → Event: the answer to the mail waits for it
        self.connections = 0
        self.hellos = []
        self.senders = []

    def at(self, place, address):
        return self.says.get((place, address.split("@")[0]))

    # -- aiosmtpd's hooks --

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.hellos.append(hostname)
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.senders.append(address)
        said = self.at("MAIL", address)
        if said:
            return said
        envelope.mail_from = address
        return "250 2.1.0 sender ok"

    async def handle_RCPT(self, server, session, envelope, address, options):
        said = self.at("RCPT", address) or "250 2.1.5 recipient ok"
        if said.startswith("2"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        self.mails.append((to, envelope.content))
        wait = self.hold.get(to.split("@")[0])
        if wait is not None:
            await asyncio.get_running_loop().run_in_executor(None, wait.wait, 60)
        return self.at("DATA", to) or "250 2.0.0 taken"


class Pliant:
    def __init__(self, context=None, implicit=False, user=None, **options):
        self.answer = answer = Answer()
        self.logins = logins = []

        def authenticate(server, session, envelope, mechanism, data):
            logins.append((data.login, data.password))
            good = user is not None and (data.login, data.password) == (user[0].encode(), user[1].encode())
            return AuthResult(success=good, handled=False)

        self.transports = transports = []

        class Server(SMTP):
            def connection_made(self, transport):
                answer.connections += 1
                transports.append(transport)
                super().connection_made(transport)

        class Relay(Controller):
            def factory(self):
                return Server(answer, tls_context=None if implicit else context, authenticator=authenticate,
                              auth_require_tls=False, hostname="pliant.test", **options)

        self.port = free_port()
        self.controller = Relay(answer, hostname="127.0.0.1", port=self.port, ready_timeout=60,
                                ssl_context=context if implicit else None)
        self.controller.start()
        until("the controller's own connection", lambda: answer.connections)

    def to(self, local):
        """The mails for one, parsed."""
        return [parse(octets) for address, octets in self.answer.mails if address.split("@")[0] == local]

    def wait(self, count, local):
        return until(f"{count} mails for {local}", lambda: (len(self.to(local)) >= count and self.to(local)) or None)

    def drop(self):
        """Closes all connections, as a relay does that has waited for long enough."""
        loop = self.controller.loop
        for transport in self.transports:
            loop.call_soon_threadsafe(transport.close)
        until("closed", lambda: all(t.is_closing() for t in self.transports))

    def close(self):
        with contextlib.suppress(AssertionError):
            self.controller.stop()

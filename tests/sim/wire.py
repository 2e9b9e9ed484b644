"""The daemon itself, with sockets, threads, a disk and a real receiver: the same stories as inline.py tells, slowly.

Where it dies is not decided by the seed here: SIGKILL meets it wherever it happens to be, and the story goes on from there.
"""
import hashlib
import http.client
import json
import shutil
import tempfile
import threading
import time
from pathlib import Path

import harness
from inline import Send
from law import instant, iso


class Wire:
    exact = False

    def __init__(self, seed, begin, write_calendars):
        self.folder = Path(tempfile.mkdtemp(prefix="jb-sim-"))
        write_calendars(self.folder / "calendars")
        self.receiver = harness.Receiver()
        self.daemon = harness.Daemon(self.folder, calendars=self.folder / "calendars")
        self.state_dir, self.begin, self.secrets = self.daemon.state_dir, begin, {}
        self.journal = hashlib.sha256(str(seed).encode())

    def use_programmes(self, folder):
        self.daemon.programmes = folder

    # ---- life ----

    def start(self, at):
        self.daemon.clock = f"simulated:{iso(at)}"
        self.daemon.start()

    def stop(self):
        self.daemon.stop()

    def kill(self):
        self.daemon.kill()

    def close(self):
        self.daemon.close()
        self.receiver.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def account(self):
        """What it says of itself, if it still does: for a failure's report."""
        try:
            return self.daemon.log()[-4000:] + self.daemon.request("GET", "/metrics").body.decode()
        except (OSError, http.client.HTTPException) as error:
            return f"no answer: {error!r}"

    # ---- talking ----

    def request(self, method, target, body=None):
        reply = self.daemon.request(method, target, body, {"Content-Type": "text/csv"} if isinstance(body, str) else None)
        return reply.status, json.loads(reply.body) if reply.body else None

    def advance(self, to, jump):
        reply = self.daemon.request("POST", "/v1/clock/advance", {"to": iso(to), "jump": jump})
        assert reply.status == 200, reply

    def walk(self, to):
        self.advance(to, False)

    def jump(self, to):
        self.advance(to, True)

    def walk_unheard(self, to):
        try:
            self.walk(to)
        except (OSError, http.client.HTTPException, AssertionError):
            pass  # that is the point

    def walk_and_die(self, to, random):
        walker = threading.Thread(target=self.walk_unheard, args=(to,))
        walker.start()
        time.sleep(random.random() * 0.25)  # where on the way: any moment is a good one
        self.daemon.kill()
        walker.join()
        self.start(self.begin)
        return self.now()

    def now(self):
        return instant(self.daemon.get("/v1/clock")["now"])

    # ---- the receiver ----

    def url(self, path):
        return self.receiver.url(path)

    def answer(self, path, status=200, retry_after=-1):
        headers = {"Location": "/x"} if status == 302 else {"Retry-After": str(retry_after)} if retry_after >= 0 else {}
        self.receiver.on(path, statuses=[status], headers=headers, drop=status == 0)

    @property
    def sends(self):
        """Everything that came, each signed as it must be."""
        sends = []
        for got in self.receiver.received:
            stamp = got.headers["webhook-timestamp"]
            assert got.headers["webhook-signature"] == harness.signature(self.secrets[got.path], got.id, stamp, got.body)
            sends.append(Send(got.path, got.id, got.status or 0, got.body))
        return sends

"""The daemon without its sockets (simworld.c): the same stories, some hundred times as fast, and the same one byte for byte.

A backend is asked and told through request, walk, jump, answer, stop, kill and start; what it sends stands in `sends`.
"""
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from law import ROOT, instant, iso

# It stands beside the daemon. `./dev test` has two builds: most stories take the fast one, some the one with the sanitizers.
SANITIZED = Path(os.environ.get("JIEBANGD", ROOT / "build" / "jiebangd")).parent / "simworld"
SIMWORLD = Path(os.environ["JIEBANG_RELEASE"]) / "simworld" if "JIEBANG_RELEASE" in os.environ else SANITIZED


class Send:
    """One attempt, as the receiver saw it."""
    __slots__ = ("path", "id", "status", "body", "heard", "attempt", "at")

    def __init__(self, path, id_, status, body, attempt=1, at=None):
        self.path, self.id, self.status, self.body = path, id_, status, body
        self.attempt, self.at = attempt, at  # at None: by a clock that is not the story's
        self.heard = True  # the daemon got its answer; else it died meanwhile, and may send it again


class Died(Exception):
    """It was told to die, and did."""


class Inline:
    exact = True  # dies where it is told, and does everything twice in the same way

    def __init__(self, seed, begin, write_calendars):
        # A file system in memory: nobody pulls a plug here, and a disk would take most of the time.
        self.folder = Path(tempfile.mkdtemp(prefix="jb-sim-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
        write_calendars(self.folder / "calendars")
        self.state_dir, self.seed, self.boot, self.begin = self.folder / "state", seed, 0, begin
        self.state_dir.mkdir()
        self.programmes = ROOT / "conf" / "programmes"
        self.sends, self.answers, self.secrets, self.process = [], {}, {}, None
        self.settled = 0  # so many of the sends are answered, and that is on record
        self.journal = hashlib.sha256()
        self.lines = None  # the journal itself, if somebody wants to read it

    def note(self, data):
        self.journal.update(data)
        if self.lines is not None:
            self.lines.append(data)

    def use_programmes(self, folder):
        self.programmes = folder

    # ---- life ----

    def start(self, at):
        self.boot += 1
        config = self.folder / "jiebangd.conf"
        config.write_text(f'state_dir = "{self.state_dir}";\nprogrammes = "{self.programmes}";\n'
                          f'calendars = "{self.folder}/calendars";\nclock = "simulated:{iso(at)}";\n', encoding="utf-8")
        self.process = subprocess.Popen([str(SIMWORLD), str(config), str(self.seed * 100 + self.boot)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.answer_line()
        for path, (status, retry_after) in self.answers.items():
            self.command(f"A {path} {status} {retry_after}\n".encode())

    def stop(self):
        self.note(b"stop\n")
        out, _ = self.process.communicate(timeout=60)
        assert (out, self.process.returncode) == (b"", 0), (out, self.process.returncode)
        self.process = None

    def kill(self):
        self.note(b"kill\n")
        self.process.kill()
        self.process.communicate(timeout=60)
        self.process = None

    def close(self):
        if self.process:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def account(self):
        """What it last said, for a failure's report."""
        return "" if self.lines is None else b"".join(self.lines[-40:]).decode(errors="replace")[-4000:]

    # ---- talking ----

    def answer_line(self):
        """Everything up to the answer: its status and body."""
        out = self.process.stdout
        while line := out.readline():
            words = line.split()
            body = out.read(int(words[-1]) + 1)
            self.note(line + body)
            if words[0] == b"=":
                self.settled = len(self.sends)
                return int(words[1]), body[:-1]
            self.sends.append(Send(words[1].decode(), words[2], int(words[4]), body[:-1], int(words[3]), int(words[5])))
        code = self.process.wait(timeout=60)
        self.process.communicate(timeout=60)
        self.process = None
        if code != 9:
            raise AssertionError(f"simworld ended with {code}")
        # It dies at a send; those of the same claim that were answered already are not on record either.
        for send in self.sends[self.settled:]:
            send.heard = False
        raise Died

    def command(self, data):
        self.note(data)
        self.process.stdin.write(data)
        self.process.stdin.flush()
        return self.answer_line()

    def request(self, method, target, body=None):
        """→ (status, JSON). A dict goes as JSON, a text as CSV."""
        data = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
        status, answer = self.command(f"R {method} {target} {len(data)}\n".encode() + data)
        return status, json.loads(answer) if answer else None

    # ---- time ----

    def walk(self, to):
        self.command(f"W {to}\n".encode())

    def jump(self, to):
        self.command(f"J {to}\n".encode())

    def walk_and_die(self, to, random):
        """Dies on the way, in the middle of a send; restarts; says where it had got to."""
        self.command(f"C {random.randrange(1, 12)}\n".encode())
        try:
            self.walk(to)
            self.kill()
        except Died:
            pass
        self.start(self.begin)
        return self.now()

    def now(self):
        _, clock = self.request("GET", "/v1/clock")
        return instant(clock["now"])

    # ---- the receiver ----

    @staticmethod
    def url(path):
        return f"http://127.0.0.1:1{path}"

    def answer(self, path, status=200, retry_after=-1):
        """How the receiver at this path answers from now on; status 0: it breaks off."""
        self.answers[path] = (status, retry_after)
        self.command(f"A {path} {status} {retry_after}\n".encode())

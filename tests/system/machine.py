"""A real systemd, booted in seconds: systemd-nspawn over a throw-away overlay of this machine's root.

All mounts live in a mount namespace of their own and in memory, so nothing is left behind however the test ends. The
machine sees this system's files read-only through the overlay, has a loopback only, and starts no services but the
few of sysinit.target. Needs root (or sudo without a password) and the package systemd-container; where it cannot
boot, the tests fail and say what nspawn said.
"""
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import harness

# Runs inside the private mount namespace: $1 is the folder of the machine, the rest the command that boots it. A
# control group of its own lets several machines run at once; it is removed at the end.
SETUP = r"""
set -eu
folder=$1 group=$(basename "$1")
shift
mount -t tmpfs -o mode=0755 tmpfs "$folder/memory"
mkdir "$folder/memory/upper" "$folder/memory/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/memory/upper,workdir=$folder/memory/work" "$folder/root"
cp -a "$folder/stage/." "$folder/root/"
# Some containers mount no control groups, and systemd cannot live without.
mountpoint -q /sys || mount -t sysfs sysfs /sys
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 cgroup2 /sys/fs/cgroup
hierarchies=
for at in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
	[ ! -f "$at/cgroup.procs" ] || hierarchies="$hierarchies $at"
done
for at in $hierarchies; do
	mkdir "$at/$group"
	echo $$ >"$at/$group/cgroup.procs"
done
status=0
"$@" || status=$?
for at in $hierarchies; do
	echo $$ >"$at/cgroup.procs"
	find "$at/$group" -depth -type d -exec rmdir {} +
done
exit $status
"""

TARGET = """[Unit]
Description=as little as a service needs
Requires=sysinit.target
# The second name keeps the unit under test loaded when it has stopped, and with it how it ended.
After=sysinit.target jiebangd.service
"""


def as_root(*argv):
    if os.geteuid() == 0:
        return list(argv)
    return ["sudo", "-n", *argv]


class Machine:
    def __init__(self, install):
        """install(stage) fills a folder that is laid over the root before the boot."""
        self.folder = Path(tempfile.mkdtemp(prefix="jbm-"))
        for name in ("memory", "root", "stage"):
            (self.folder / name).mkdir()
        self.stage = self.folder / "stage"
        self.console = self.folder / "console.log"
        self.leader = None
        self.put("etc/machine-id", os.urandom(16).hex() + "\n")
        self.put("etc/hosts", "127.0.0.1 localhost\n")
        self.put("etc/systemd/system/test.target", TARGET)
        install(self)
        try:
            self.boot()
        except BaseException:
            self.close()
            raise

    def put(self, path, content, mode=0o644):
        """Before the boot: a file of the machine."""
        target = self.stage / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            shutil.copyfile(content, target)
        else:
            target.write_text(content, encoding="utf-8")
        target.chmod(mode)

    def boot(self):
        for tool in ("systemd-nspawn", "unshare", "nsenter", "setpriv"):
            assert shutil.which(tool), f"{tool} is missing: apt-get install systemd-container util-linux"
        news = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        news.bind(str(self.folder / "notify"))
        news.settimeout(1)
        command = as_root(
            "env", f"NOTIFY_SOCKET={self.folder}/notify", "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1",
            "setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private", "sh", "-c", SETUP, "setup", str(self.folder),
            "setpriv", "--pdeathsig", "TERM",
            "systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit", "--notify-ready=yes",
            f"--directory={self.folder}/root", f"--machine=jb-{os.getpid()}", "--private-network",
            "--link-journal=no", "--console=pipe", "--resolv-conf=off", "--timezone=off",
            "systemd.unit=test.target", "systemd.log_target=journal")
        with self.console.open("wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=harness.clean_env())
        with news:
            harness.until("systemd up", lambda: self.hear(news), tries=120, every_s=0)

    def hear(self, news):
        """nspawn tells its leader's pid first, and READY=1 once the inner systemd has started everything."""
        assert self.process.poll() is None, f"systemd-nspawn ended with {self.process.poll()}:\n{self.said()}"
        try:
            lines = news.recv(4096).decode().splitlines()
        except TimeoutError:
            return False
        for line in lines:
            if line.startswith("X_NSPAWN_LEADER_PID="):
                self.leader = int(line.partition("=")[2])
        return self.leader and "READY=1" in lines

    def said(self):
        return self.console.read_text(errors="replace")[-5000:]

    def path(self, path):
        """A path of the machine, as seen from here."""
        return Path(f"/proc/{self.leader}/root{path}")

    def run(self, *argv, stdin=None, code=None):
        done = harness.run(as_root("nsenter", "--target", str(self.leader), "--all", "--", "env",
                                   "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *argv), stdin=stdin)
        assert code is None or done.code == code, f"{' '.join(argv)}: {done}\n{self.journal()}"
        return done

    def write(self, path, text):
        """A file of the running machine, in place: owner and mode stay."""
        self.run("sh", "-c", 'mkdir -p "$(dirname "$1")" && cat >"$1"', "write", path, stdin=text.encode(), code=0)

    def systemctl(self, *argv, code=0):
        return self.run("systemctl", "--no-pager", *argv, code=code)

    def show(self, unit, name):
        return self.systemctl("show", "--value", "--property", name, unit).out.strip()

    def journal(self, unit=None):
        return harness.run(as_root("nsenter", "--target", str(self.leader), "--all", "--", "journalctl", "--no-pager",
                                   "--output=cat", *(["--unit", unit] if unit else []), "--lines=400")).out

    def close(self):
        """Asks systemd to power off, and does not take no for an answer."""
        process = getattr(self, "process", None)
        if process is not None and process.poll() is None:
            self.signal("RTMIN+4" if self.leader else "TERM")
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                self.signal("KILL")
                process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def signal(self, name):
        harness.run(as_root("kill", "-s", name, str(self.leader or self.process.pid)))

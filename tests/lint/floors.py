"""Includes go down only: base < domain < store < engine < courier < http < roof.

Fails on a climb, on files that include each other in a ring, on a library header outside its file or room, on an
include that names no file of ours, and on a file that has no floor. A room is a set of files; the table says what
each may look at. Two rooms that stand side by side (the front beside domain, the client beside the daemon) do not
see each other, which numbers alone could not say.
"""
import re
from fnmatch import fnmatch

import source

# Room → files. The first match wins: http/front* and http/parser* know nothing of the rest of http.
ROOMS = [
    ("base", ["daemon/base/*", *(f"include/jiebang/{h}.h" for h in
              ("buf", "chinese", "civil", "clock", "digest", "fault", "json", "log", "parser_body", "parser_class", "pem", "text",
               "wire"))]),
    ("domain", ["daemon/domain/*", *(f"include/jiebang/{h}.h" for h in
                ("calendar", "checklist", "endpoint_filter", "endpoint_format", "endpoint_options", "endpoint_url", "event_type", "form", "health", "latency", "mail", "pace", "programme", "reminder", "retry", "robot", "secret", "milestone", "risk", "rollup", "shortlist",
                 "template", "unit"))]),
    ("store", ["daemon/store/*"]),
    ("engine", ["daemon/engine/*"]),
    ("courier", ["daemon/courier/*"]),
    ("front", ["daemon/http/front*", "daemon/http/parser*"]),
    ("http", ["daemon/http/*"]),
    ("roof", ["daemon/[!/]*.[ch]"]),
    ("client", ["client/*"]),
    ("test", ["tests/unit/*", "tests/fuzz/*"]),
    ("tool", ["tests/bench/*", "tests/sim/*"]),
]

# Room → rooms below it.
BELOW = {"base": set()}
BELOW["domain"] = {"base"}
BELOW["store"] = BELOW["domain"] | {"domain"}
BELOW["engine"] = BELOW["store"] | {"store"}
BELOW["courier"] = BELOW["engine"] | {"engine"}
BELOW["front"] = {"base"}
BELOW["http"] = BELOW["courier"] | {"courier", "front"}
BELOW["roof"] = BELOW["http"] | {"http"}
BELOW["client"] = {"base"}
BELOW["tool"] = BELOW["roof"] | {"roof"}

# Library header → the files that may know the library.
LIBRARIES = [
    ("sqlite3.h", ["daemon/store/*"]),
    ("libconfig.h", ["daemon/cfg.c"]),
    ("curl/*", ["daemon/courier/*", "client/call*.c"]),
    ("event2/*", ["daemon/courier/*", "daemon/http/*", "daemon/loop*.[ch]", "daemon/main.c"]),
    ("jansson.h", ["daemon/base/json*.c"]),
    ("openssl/*", ["daemon/base/digest*.c", "daemon/base/pem.c"]),
    ("systemd/*", ["daemon/[!/]*.[ch]"]),
    ("libsmartcols*", ["client/*"]),
    ("csv.h", ["daemon/domain/*"]),
    ("iconv.h", ["daemon/domain/*"]),
    ("threads.h", ["daemon/base/digest.c"]),
    ("pthread.h", ["daemon/engine/*", "daemon/[!/]*.[ch]"]),
]

# C17, POSIX and Linux: open to everyone.
PLAIN = set("""
arpa/inet.h assert.h ctype.h dirent.h errno.h fcntl.h fnmatch.h getopt.h grp.h inttypes.h langinfo.h limits.h locale.h
math.h net/if.h netdb.h netinet/in.h netinet/tcp.h poll.h pwd.h setjmp.h signal.h stdalign.h stdarg.h stdatomic.h
stdbool.h stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h string.h strings.h sys/epoll.h sys/eventfd.h sys/file.h
sys/ioctl.h sys/mman.h sys/prctl.h sys/queue.h sys/random.h sys/resource.h sys/sendfile.h sys/signalfd.h sys/socket.h sys/stat.h sys/statvfs.h
sys/time.h sys/timerfd.h sys/types.h sys/uio.h sys/un.h sys/utsname.h sys/wait.h syslog.h termios.h time.h unistd.h wchar.h wctype.h
""".split())

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def matches(path, patterns):
    return any(fnmatch(path, pattern) for pattern in patterns)


def room_of(path):
    for room, patterns in ROOMS:
        for pattern in patterns:
            # fnmatch lets * cross a slash; a row of the roof must not catch files of the rooms under it.
            if fnmatch(path, pattern) and (room != "roof" or path.count("/") == 1):
                return room
    return None


def allowed_rooms(path, room):
    """The rooms that a file may include from, its own among them."""
    if room == "test":
        tested = path.rsplit("/", 1)[1].split("_")[0].split(".")[0]
        if tested not in BELOW:
            return None
        return BELOW[tested] | {tested, "test"}
    return BELOW[room] | {room}


def resolve(root, path, name):
    """Where "name" is found: beside the file, under include/, under daemon/."""
    beside = path.rsplit("/", 1)[0] + "/" + name
    for candidate in (beside, "include/" + name, "daemon/" + name):
        if (root / candidate).is_file():
            return candidate
    return None


def check_library(path, line, header):
    if header in PLAIN or path.startswith("tests/"):  # a test may drive the library from the other side
        return None
    for pattern, homes in LIBRARIES:
        if fnmatch(header, pattern):
            return None if matches(path, homes) else f"{path}:{line}: <{header}> belongs to {', '.join(homes)} only"
    return f"{path}:{line}: <{header}> is in no table of tests/lint/floors.py: give the library its file"


def check_own(root, path, room, line, name, edges):
    target = resolve(root, path, name)
    if target is None:
        return f'{path}:{line}: "{name}" names no file of the project'
    below = allowed_rooms(path, room)
    target_room = room_of(target)
    if below is None:
        return f"{path}:{line}: the name of a test begins with a room: ROOM_thing.c"
    if target_room not in below:
        return f'{path}:{line}: {room} includes "{name}" of {target_room or "no floor"}: includes go down only'
    edges["modules"].setdefault(module_of(root, path), set()).add(module_of(root, target))
    edges["files"].setdefault(path, set()).add(target)
    return None


def check_home(root, path, room):
    """The source of a public header stands on the floor that the table gives the header."""
    header = "include/jiebang/" + path.rsplit("/", 1)[1].rsplit(".", 1)[0] + ".h"
    if room not in ("base", "domain") or not (root / header).is_file() or room_of(header) == room:
        return None
    return f"{path}: is of {room}, its header is of {room_of(header)}"


def module_of(root, path):
    """
    A header and its .c file are one module: include/jiebang/buf.h and daemon/base/buf.c are base/buf. So are the
    pieces that a module was split into, which know each other by design: cfg_scan.c and cfg_value.h belong to cfg.h.
    The face of a room, engine/engine.h, stands alone: all files of the room together implement it.
    """
    room = room_of(path)
    stem = path.rsplit("/", 1)[1].rsplit(".", 1)[0]
    if path == f"daemon/{room}/{room}.h":
        return path
    head = stem
    while "_" in head:
        head = head.rsplit("_", 1)[0]
        if resolve(root, path, head + ".h") or (root / f"include/jiebang/{head}.h").is_file():
            stem = head
    return f"{room}/{stem}"


def rings(edges):
    """Nodes that lead back to themselves through others, each circle once."""
    found, done = [], set()

    def walk(node, trail):
        if node in trail:
            found.append(trail[trail.index(node):] + [node])
            return
        if node in done:
            return
        for target in sorted(edges.get(node, ())):
            if target != node:
                walk(target, trail + [node])
        done.add(node)

    for node in sorted(edges):
        walk(node, [])
    return found


def check(root):
    complaints, edges = [], {"modules": {}, "files": {}}
    for path in map(str, source.c_files(root)):
        room = room_of(path)
        if room is None:
            complaints.append(f"{path}: has no floor: put it into a room, or give it one in tests/lint/floors.py")
            continue
        complaints.append(check_home(root, path, room))
        text = source.read(root, path)
        for match in INCLUDE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            own, library = match.groups()
            complaints.append(check_own(root, path, room, line, own, edges) if own
                              else check_library(path, line, library))
    for what, graph in edges.items():
        complaints += [" -> ".join(ring) + f": {what} include each other in a ring" for ring in rings(graph)]
    return [c for c in complaints if c]


if __name__ == "__main__":
    source.main(check)

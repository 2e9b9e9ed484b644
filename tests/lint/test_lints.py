"""Each lint is fed what it must refuse, and what it must let pass: a lint that finds nothing proves nothing."""
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import banned  # noqa: E402
import floors  # noqa: E402
import sentences  # noqa: E402
import source  # noqa: E402
import style  # noqa: E402

HEADERS = {
    "include/jiebang/buf.h": "",
    "include/jiebang/text.h": "",
    "include/jiebang/unit.h": "",
    "daemon/store/db.h": "",
    "daemon/engine/engine.h": "",
    "daemon/courier/guard.h": "",
    "daemon/http/front.h": "",
    "daemon/http/route.h": "",
    "daemon/conf.h": "",
    "client/out.h": "",
}


def tree(root, files):
    for path, text in {**HEADERS, **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


# name, files, what the complaint says ("" = there is none)
FLOORS = [
    ("down", {"daemon/http/api.c": '#include "http/route.h"\n#include "engine/engine.h"\n#include "jiebang/buf.h"\n'}, ""),
    ("beside", {"client/say.c": '#include "out.h"\n'}, ""),
    ("climb one floor", {"daemon/domain/unit.c": '#include "store/db.h"\n'}, "domain includes"),
    ("climb from base", {"daemon/base/buf.c": '#include "jiebang/unit.h"\n'}, "base includes"),
    ("climb out of a header", {"daemon/engine/engine.h": '#include "courier/guard.h"\n'}, "engine includes"),
    ("climb to the roof", {"daemon/http/api.c": '#include "conf.h"\n'}, "http includes"),
    ("front sees base only", {"daemon/http/front_write.c": '#include "engine/engine.h"\n'}, "front includes"),
    ("front sees not http", {"daemon/http/parser.c": '#include "http/route.h"\n'}, "front includes"),
    ("courier sees not the front", {"daemon/courier/courier.c": '#include "http/front.h"\n'}, "courier includes"),
    ("client sees not the daemon", {"client/call.c": '#include "engine/engine.h"\n'}, "client includes"),
    ("daemon sees not the client", {"daemon/main.c": '#include "../client/out.h"\n'}, "names no file|roof includes"),
    ("unit test of a low room climbs", {"tests/unit/domain_x.c": '#include "engine/engine.h"\n'}, "test includes"),
    ("unit test looks down", {"tests/unit/engine_x.c": '#include "store/db.h"\n'}, ""),
    ("unit test of no room", {"tests/unit/thing.c": '#include "store/db.h"\n'}, "begins with a room"),
    ("spelled with spaces", {"daemon/domain/unit.c": '  #  include "store/db.h"\n'}, "domain includes"),
    ("peer ring", {"daemon/store/rows.c": '#include "store/db.h"\n', "daemon/store/rows.h": "",
                   "daemon/store/db.c": '#include "store/rows.h"\n'}, "in a ring"),
    ("ring of headers", {"include/jiebang/buf.h": '#include "jiebang/text.h"\n',
                         "include/jiebang/text.h": '#include "jiebang/buf.h"\n'}, "in a ring"),
    ("face of a room", {"daemon/engine/tx.h": '#include "engine/engine.h"\n',
                        "daemon/engine/engine.c": '#include "engine/tx.h"\n'}, ""),
    ("ring through the face", {"daemon/engine/engine.h": '#include "engine/tx.h"\n',
                               "daemon/engine/tx.c": '#include "engine/engine.h"\n', "daemon/engine/tx.h": ""}, "in a ring"),
    ("ring of three", {"daemon/store/db.h": '#include "store/a.h"\n', "daemon/store/a.h": '#include "store/b.h"\n',
                       "daemon/store/b.c": '#include "store/db.h"\n', "daemon/store/b.h": ""}, "in a ring"),
    ("pieces of one module", {"daemon/store/db_inside.h": '#include "store/db.h"\n',
                              "daemon/store/db.c": '#include "store/db_inside.h"\n'}, ""),
    ("ring of headers inside a module", {"daemon/store/db_inside.h": '#include "store/db.h"\n',
                                         "daemon/store/db.h": '#include "store/db_inside.h"\n'}, "files include"),
    ("ring through a piece", {"daemon/store/db_read.c": '#include "store/rows.h"\n',
                              "daemon/store/rows.h": '#include "store/db.h"\n'}, "modules include"),
    ("peers without a ring", {"daemon/store/rows.c": '#include "store/db.h"\n', "daemon/store/rows.h": ""}, ""),
    ("library at home", {"daemon/store/db.c": "#include <sqlite3.h>\n"}, ""),
    ("database outside store", {"daemon/engine/plan.c": "#include <sqlite3.h>\n"}, "belongs to daemon/store"),
    ("libcurl in http", {"daemon/http/api.c": "#include <curl/curl.h>\n"}, "belongs to daemon/courier"),
    ("libcurl in another client file", {"client/out.c": "#include <curl/curl.h>\n"}, "belongs to"),
    ("libevent in the engine", {"daemon/engine/plan.c": "#include <event2/event.h>\n"}, "belongs to"),
    ("libconfig in main", {"daemon/main.c": "#include <libconfig.h>\n"}, "belongs to daemon/cfg.c"),
    ("jansson in http", {"daemon/http/api.c": "#include <jansson.h>\n"}, "belongs to daemon/base"),
    ("library nobody knows", {"daemon/base/buf.c": "#include <zlib.h>\n"}, "in no table"),
    ("a test drives the other side", {"tests/unit/courier_x.c": "#include <event2/event.h>\n#include <cmocka.h>\n"}, ""),
    ("cmocka in the daemon", {"daemon/base/buf.c": "#include <cmocka.h>\n"}, "in no table"),
    ("missing header", {"daemon/base/buf.c": '#include "jiebang/gone.h"\n'}, "names no file"),
    ("room nobody knows", {"daemon/cellar/x.c": ""}, "has no floor"),
    ("header nobody knows", {"include/jiebang/new.h": ""}, "has no floor"),
    ("header and source on two floors", {"daemon/domain/text.c": '#include "jiebang/text.h"\n'}, "its header is of base"),
    ("test outside the rooms", {"tests/other/x.c": ""}, "has no floor"),
]


@pytest.mark.parametrize("files, says", [row[1:] for row in FLOORS], ids=[row[0] for row in FLOORS])
def test_floors(tmp_path, files, says):
    expect(floors.check(tree(tmp_path, files)), says)


BANNED = [
    *((name, f"\tx = {name}(a, b);\n", f":1: {name}:") for name in sorted(banned.BANNED)),
    *((f"{name} outside the clock", f"\tnow = {name}(NULL);\n", "one door") for name in sorted(banned.CLOCK)),
    ("a space before the bracket", "\tstrcpy (a, b);\n", "strcpy"),
    ("longer names", "\tmy_strcpy(a); strcpy_safe(b); snprintf(c); vsnprintf(d); lifetime(e);\n", ""),
    ("a member of that name", "\tops->system(x); ops.time(y);\n", ""),
    ("a comment", "/* strcpy(a, b) is banned */ // system(x)\n", ""),
    ("a string", '\tputs("system(x) \\" strcpy(y)");\n', ""),
    ("after a comment on one line", "/* x */ strcpy(a, b);\n", "strcpy"),
    ("after a string on one line", '\tputs("/*"); strcpy(a, b);\n', "strcpy"),
]


@pytest.mark.parametrize("text, says", [row[1:] for row in BANNED], ids=[row[0] for row in BANNED])
def test_banned(tmp_path, text, says):
    expect(banned.check(tree(tmp_path, {"daemon/base/buf.c": text})), says)


def test_the_clock_may_read_the_time(tmp_path):
    expect(banned.check(tree(tmp_path, {"daemon/base/clock.c": "\tclock_gettime(CLOCK_REALTIME, &now);\n"})), "")


OPENING = "/* The idea. */\n"


def function(lines):
    return OPENING + "int f(void)\n{\n" + "\tstep();\n" * lines + "}\n"


STYLE = [
    ("80 lines", "daemon/base/buf.c", function(80), ""),
    ("81 lines", "daemon/base/buf.c", function(81), "81 lines"),
    ("long table", "daemon/base/buf.c", OPENING + "static const int t[] = {\n" + "\t1,\n" * 200 + "};\n", ""),
    ("brace in a string", "daemon/base/buf.c", OPENING + "int f(void)\n{\n\tputs(\"\\n}\");\n" + "\tx();\n" * 81 + "}\n",
     "82 lines"),
    ("no opening comment", "daemon/base/buf.c", "int x;\n", "opens without"),
    ("header without comment", "daemon/store/db.h", "int x;\n", ""),
    ("note to self", "daemon/base/buf.c", OPENING + "/* TO" "DO: later */\n", "finish it"),
    ("note to self in Python", "tests/system/test_x.py", "# FIX" "ME\n", "finish it"),
    ("a path of a machine", "conf/x.conf", "f = \"/work/ma" "in/x\";\n", "finish it"),
    ("the specs", "daemon/base/buf.c", OPENING + "/* see ../sha" "red/x */\n", "finish it"),
]


@pytest.mark.parametrize("path, text, says", [row[1:] for row in STYLE], ids=[row[0] for row in STYLE])
def test_style(tmp_path, path, text, says):
    expect(style.check(tree(tmp_path, {path: text})), says)


def test_long_file_is_a_warning(tmp_path, capsys):
    root = tree(tmp_path, {"daemon/base/buf.c": OPENING + "int x;\n" * 501})
    assert style.check(root) == []
    assert "502 lines" in capsys.readouterr().err


@pytest.mark.parametrize("lint", [floors, banned, style], ids=lambda lint: lint.__name__)
def test_the_project_is_clean(lint):
    assert lint.check(source.ROOT) == []


def expect(complaints, says):
    if not says:
        assert complaints == []
    else:
        assert any(part in c for c in complaints for part in says.split("|")), complaints


ROWS = 'static const struct phrase phrases[] = {\n\t{ "it is full", "已满" },\n\t{ "%s is "\n\t  "empty", "%1 是空的" },\n};\n'
# what refuses, the sentence that is complained of ("" = none)
SENTENCES = [
    ('fail(head, 400, "it is full");', ""),
    ('fail(head, 400, "it is small");', "it is small"),
    ('conn_refuse(conn, 503,\n\t"it is "\n\t"small");', "it is small"),
    ('conn_refuse_now(conn->front, conn->fd, 503, "it is small");', "it is small"),
    ('problem_set(problem, FAULT_INVALID, "the name is empty");', ""),
    ('problem_set(problem, FAULT_INVALID, "%s is nothing", name);', ""),
    ('problem_set(problem, FAULT_INVALID, "he said \\"no\\" again");', 'he said "no" again'),
    ('/* fail(head, 400, "it is small"); */', ""),
]


@pytest.mark.parametrize("line, missing", SENTENCES)
def test_sentences(tmp_path, line, missing):
    tree(tmp_path, {"daemon/base/chinese.c": ROWS, "daemon/http/front_x.c": f"void f(void)\n{{\n\t{line}\n}}\n"})
    found = sentences.check(tmp_path)
    assert len(found) == bool(missing)
    assert not missing or re.match(rf'daemon/http/front_x\.c:[34]: "{missing}" has no Chinese', found[0])


def test_sentences_of_the_front_are_found():
    """As many as there are: a spelling of a refusal that the lint overlooks would let its sentence through."""
    literal = re.compile(r'"([A-Z][^"]* [^"]*\.)"')
    there = {words for path in source.c_files(source.ROOT) if re.match(r"daemon/(http/(front|parser)|base/parser_body).*\.c", str(path))
             for words in literal.findall(sentences.uncommented(source.read(source.ROOT, path)))}
    assert len(there) > 40 and there <= {words for _, words in sentences.sentences(source.ROOT)}

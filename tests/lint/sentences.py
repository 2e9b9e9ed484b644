"""Every fixed sentence that a request may be refused with has its Chinese: a row of daemon/base/chinese*.c.

Collected are the strings without values that stand in a call that refuses. A sentence with values is made at run time, and
its row is a pattern; who adds one looks at its answer.
"""
import re

import source

# Where → the call, up to its sentence. The front's own (fail, conn_refuse…) and the handlers'.
REFUSALS = re.compile(r"""\b(?:fail|conn_refuse(?:_with|_now)?|turn_away|refuse|problem_reply_text|problem_set)\s*\(
                          (?P<before>[^;"]*?) (?P<words>(?:"(?:\\.|[^"\\\n])*"\s*)+) [,)?:]""", re.VERBOSE)
WHERE = re.compile(r"daemon/(http/.*|base/parser_body)\.c$")
ROW = re.compile(r'\{\s*((?:"(?:\\.|[^"\\\n])*"\s*)+),\s*"')
ROWS = re.compile(r"daemon/base/chinese.*\.c$")


def joined(literals):
    """Adjacent literals as one text, as the compiler joins them."""
    return "".join(re.findall(r'"((?:\\.|[^"\\\n])*)"', literals)).replace('\\"', '"')


def uncommented(text):
    return re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group(0)), text, flags=re.DOTALL)


def rows(root):
    """A pattern for each row."""
    found = []
    for path in map(str, source.c_files(root)):
        if ROWS.search(path):
            for match in ROW.finditer(uncommented(source.read(root, path))):
                found.append(re.compile(".*".join(map(re.escape, joined(match.group(1)).split("%s"))), re.DOTALL))
    return found


def sentences(root):
    """(where, sentence), in order."""
    for path in map(str, source.c_files(root)):
        if not WHERE.search(path):
            continue
        text = uncommented(source.read(root, path))
        for match in REFUSALS.finditer(text):
            words = joined(match.group("words"))
            if "%" not in words and " " in words:
                yield f"{path}:{text[:match.start('words')].count(chr(10)) + 1}", words


def check(root):
    known = rows(root)
    return [f'{where}: "{words}" has no Chinese: add a row to daemon/base/chinese*.c'
            for where, words in sentences(root) if not any(row.fullmatch(words) for row in known)]


if __name__ == "__main__":
    source.main(check)

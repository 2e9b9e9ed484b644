"""What clang-format and the compiler do not see: length of functions, the opening comment, leftovers.

Errors: a function over 80 lines, a .c file that does not open with its idea, a note to self left behind, a path of
somebody's machine. A .c file over 500 lines is a warning: split it by idea when there is one to split by.
"""
import re
import sys

import source

FUNCTION_LINES_MAX = 80
FILE_LINES_WARN = 500
LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# Spelled in pieces, so that this file does not find itself.
MACHINE = re.compile(r"\.\./sha" r"red\b|/work/(?:main|sha" r"red)\b|/home/\w+/")
TEXT_FOLDERS = ("daemon", "client", "include", "tests", "conf", "systemd")
TEXT_SUFFIXES = {".c", ".h", ".py", ".js", ".mjs", ".html", ".css", ".sql", ".cmake", ".conf", ".csv", ".service", ".sh"}


def long_functions(path, text):
    """clang-format puts a function's braces, and only those, alone into column 0."""
    complaints, start = [], None
    for number, line in enumerate(source.bare(text).splitlines(), 1):
        if line.rstrip() == "{":
            start = number
        elif line.rstrip() == "}" and start is not None:
            length = number - start - 1
            if length > FUNCTION_LINES_MAX:
                complaints.append(f"{path}:{start}: a function of {length} lines, at most {FUNCTION_LINES_MAX}")
            start = None
    return complaints


def check_c(path, text):
    complaints = long_functions(path, text)
    if path.endswith(".c") and not text.lstrip().startswith("/*"):
        complaints.append(f"{path}:1: opens without the comment that gives its idea")
    lines = text.count("\n")
    if path.endswith(".c") and lines > FILE_LINES_WARN:
        print(f"{path}: warning: {lines} lines, more than {FILE_LINES_WARN}", file=sys.stderr)
    return complaints


def text_files(root):
    for folder in TEXT_FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix in TEXT_SUFFIXES:
                yield str(path.relative_to(root))


def check(root):
    complaints = []
    for path in text_files(root):
        try:
            text = source.read(root, path)
        except UnicodeDecodeError:
            # A GB18030 sample is data of a test; source text is UTF-8.
            if not path.startswith("tests/data/") and not path.startswith("tests/fuzz/"):
                complaints.append(f"{path}: not UTF-8")
            continue
        if path.endswith((".c", ".h")):
            complaints += check_c(path, text)
        if path == "tests/lint/style.py" or path == "tests/lint/test_lints.py":
            continue
        for number, line in enumerate(text.splitlines(), 1):
            for what in (LEFTOVER, MACHINE):
                if what.search(line):
                    complaints.append(f"{path}:{number}: {what.search(line).group(0)}: finish it, or say it without")
    return complaints


if __name__ == "__main__":
    source.main(check)

"""What the lints share: the project's C files, and C text without comments and literals."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("daemon", "client", "include", "tests")

_TOKEN = re.compile(r"""
      (?P<comment> /\*.*?\*/ | //[^\n]* )
    | (?P<string>  "(?:\\.|[^"\\\n])*" )
    | (?P<char>    '(?:\\.|[^'\\\n])*' )
""", re.VERBOSE | re.DOTALL)


def c_files(root):
    """Paths relative to root, sorted, of every .c and .h file."""
    found = []
    for folder in FOLDERS:
        found += [p.relative_to(root) for p in (root / folder).rglob("*.[ch]")]
    return sorted(found)


def bare(text):
    """The text with comments, strings and characters blanked; line numbers stay."""
    def blank(match):
        keep = match.group(0)
        if match.group("comment"):
            return re.sub(r"[^\n]", " ", keep)
        return keep[0] + " " * (len(keep) - 2) + keep[-1]
    return _TOKEN.sub(blank, text)


def read(root, path):
    return (root / path).read_text(encoding="utf-8")


def main(check):
    """Runs check(root) → list of complaints; prints them; the exit status says whether there were any."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    complaints = check(root)
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)

"""Which line each value of a TOML document is on. Pure.

``tomllib`` reads values but forgets where they stood. This walks the same text and keeps only
that. It reads documents that ``tomllib`` has accepted, so it need not refuse anything.
"""

import re
import tomllib
from bisect import bisect_right

Step = str | int
Path = tuple[Step, ...]

_BLANKS = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BETWEEN = re.compile(r"(?:[ \t\n,]|#[^\n]*)*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
# A string of any of the four kinds, or a number, date or boolean.
_SCALAR = re.compile(
    r'''"""(?:[^\\]|\\.)*?"""(?!")'''
    r"""|'''.*?'''(?!')"""
    r'''|"(?:[^"\\\n]|\\.)*"'''
    r"""|'[^'\n]*'"""
    r"""|[^,\]}#\n]+""",
    re.DOTALL,
)


def line_numbers(text: str) -> dict[Path, int]:
    """The line, from 1, of every table, key and array element of a valid TOML ``text``.

    The path of an element of an array, or of an array of tables, ends with its index from 0. A
    table's line is its header's, or the first mention of it where it has none.
    """
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.document()
    return scanner.lines


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._counts: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        while True:
            self._take(_BLANKS)
            if self.at == len(self.text):
                return
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        line = self._line()
        is_array = self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        self._take(_BLANKS)
        *parents, last = self._key()
        self._take(_BLANKS)
        self.at += 2 if is_array else 1
        path: Path = ()
        for part in parents:
            path = self._newest((*path, part), line)
        path = (*path, last)
        if is_array:
            index = self._counts.get(path, 0)
            self._counts[path] = index + 1
            self.lines.setdefault(path, line)
            path = (*path, index)
        self.lines[path] = line
        return path

    def _newest(self, path: Path, line: int) -> Path:
        """The table that a header's leading part names: the last one of an array of tables."""
        self.lines.setdefault(path, line)
        count = self._counts.get(path)
        return path if count is None else (*path, count - 1)

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for part in self._key():
            path = (*path, part)
            self.lines.setdefault(path, line)
        self._take(_EQUALS)
        self._value(path)

    def _key(self) -> list[str]:
        parts = [_plain(self._take(_KEY))]
        while self._take(_DOT):
            parts.append(_plain(self._take(_KEY)))
        return parts

    def _value(self, path: Path) -> None:
        opening = self.text[self.at]
        if opening == "[":
            self._elements(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            self._take(_SCALAR)

    def _elements(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self._next() != "]":
            element = (*path, index)
            self.lines[element] = self._line()
            self._value(element)
            index += 1
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self._next() != "}":
            self._pair(path)
        self.at += 1

    def _next(self) -> str:
        self._take(_BETWEEN)
        return self.text[self.at]

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found.group()

    def _line(self) -> int:
        return bisect_right(self._starts, self.at)


def _plain(key: str) -> str:
    """A key without its quotes and escapes."""
    if key[0] not in "\"'":
        return key
    plain: str = tomllib.loads(f"key = {key}")["key"]
    return plain

"""What is wrong with a clinic file, and on which line. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from scheduling.clinic_file.rules.line_numbers import Path


@dataclass(frozen=True, order=True)
class ClinicFileProblem:
    """One thing to put right. ``line`` counts from 1."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class ClinicFileError(Exception):
    """The file cannot be used. ``problems`` are all of them, by line."""

    def __init__(self, problems: Iterable[ClinicFileProblem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


class Report:
    """Collects problems while a file is read, and knows the line of each path in it."""

    def __init__(self, lines: dict[Path, int]) -> None:
        self._lines = lines
        self._last_checks: list[Callable[[], None]] = []
        self.problems: list[ClinicFileProblem] = []

    def line(self, path: Path) -> int:
        """The line of the nearest table or key that is written out; 1 for the whole file."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def wrong(self, where: Path | int, message: str) -> None:
        line = where if isinstance(where, int) else self.line(where)
        self.problems.append(ClinicFileProblem(line, message))

    def at_end(self, check: Callable[[], None]) -> None:
        """Have ``check`` report what can be judged only when everything has been read."""
        self._last_checks.append(check)

    def finish(self) -> None:
        """Raises ClinicFileError if anything is wrong."""
        for check in self._last_checks:
            check()
        if self.problems:
            raise ClinicFileError(self.problems)

    def known(self, where: Path | int, word: str, kind: str, options: Iterable[str]) -> bool:
        """Whether ``word`` is one of ``options``; if not, it is reported as not being ``kind``.

        Where there are no options at all, that was reported already, and nothing is.
        """
        options = list(options)
        if word in options:
            return True
        if options:
            self.wrong(where, f"'{word}' is not {kind}{did_you_mean(word, options)}")
        return False


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """The end of a sentence about an unknown word: the nearest known one, if one is near."""
    by_folded = {option.casefold(): option for option in options}
    near = get_close_matches(word.casefold(), by_folded, n=1)
    return f"; did you mean '{by_folded[near[0]]}'?" if near else "."

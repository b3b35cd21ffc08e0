"""A clinic group as a TOML file: read, checked, and every problem told with its line. Pure.

The format is described in ``docs/clinic-file.md``.
"""

from scheduling.clinic_file.rules.problems import ClinicFileError, ClinicFileProblem
from scheduling.clinic_file.rules.reading import parse
from scheduling.clinic_file.rules.specs import ClinicSpec

__all__ = ["ClinicFileError", "ClinicFileProblem", "ClinicSpec", "parse"]

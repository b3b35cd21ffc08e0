"""A clinic group as a TOML file: read, checked, and every problem told with its line. Pure.

The format is described in ``docs/clinic-file.md``.
"""

from scheduling.clinic_file.rules.problems import ClinicFileError, Problem
from scheduling.clinic_file.rules.reading import parse
from scheduling.clinic_file.rules.shapes import Clinic

__all__ = ["Clinic", "ClinicFileError", "Problem", "parse"]

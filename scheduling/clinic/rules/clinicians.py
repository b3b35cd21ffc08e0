"""A clinician as patients choose one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClinicianProfile:
    """A clinician as far as patients choose by it. ``languages`` are ISO 639 codes."""

    clinician_id: int
    name: str
    languages: tuple[str, ...] = ()
    gender: str = ""

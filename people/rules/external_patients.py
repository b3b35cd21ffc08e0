"""A patient as another system describes them. Pure."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ExternalPatient:
    """``phone`` is in E.164, ``email`` in small letters; either may be empty."""

    given_name: str
    family_name: str
    chosen_name: str
    born_on: date
    phone: str
    email: str
    language: str
    channel: str
    time_zone: str = ""

    @property
    def key(self) -> tuple[str, str, date]:
        """Whoever has another key is somebody else."""
        return self.given_name.lower(), self.family_name.lower(), self.born_on

    @property
    def addresses(self) -> frozenset[str]:
        return frozenset(filter(None, (self.phone, self.email)))

from people.models.access import ActsFor, AuditEntry, OneTimeCode
from people.models.coverage import Coverage
from people.models.persons import Consent, ContactPoint, Person
from people.models.users import StaffRole, User

__all__ = [
    "ActsFor",
    "AuditEntry",
    "Consent",
    "ContactPoint",
    "Coverage",
    "OneTimeCode",
    "Person",
    "StaffRole",
    "User",
]

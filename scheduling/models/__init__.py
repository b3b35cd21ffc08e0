from scheduling.models.appointments import Appointment, AppointmentEvent, Hold, IdempotencyRecord
from scheduling.models.hours import AvailabilityException, AvailabilityRule
from scheduling.models.places import ClinicGroup, Department, Place, Site, SiteAssignment
from scheduling.models.resources import Allocation, Clinician, Resource
from scheduling.models.visit_types import VisitType

__all__ = [
    "Allocation",
    "Appointment",
    "AppointmentEvent",
    "AvailabilityException",
    "AvailabilityRule",
    "ClinicGroup",
    "Clinician",
    "Department",
    "Hold",
    "IdempotencyRecord",
    "Place",
    "Resource",
    "Site",
    "SiteAssignment",
    "VisitType",
]

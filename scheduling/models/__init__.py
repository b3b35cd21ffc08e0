from scheduling.models.appointments import (
    Appointment,
    AppointmentEvent,
    Hold,
    IdempotencyRecord,
    Standing,
)
from scheduling.models.directory import DirectoryVersion
from scheduling.models.feeds import CalendarFeed
from scheduling.models.hours import AvailabilityException, AvailabilityRule
from scheduling.models.imports import ImportedAppointment
from scheduling.models.places import ClinicGroup, Department, Place, Site, SiteAssignment
from scheduling.models.prices import Estimate, Plan
from scheduling.models.resources import Allocation, Clinician, Resource
from scheduling.models.series import Series
from scheduling.models.visit_types import Mode, VisitType
from scheduling.models.waitlist import WaitlistEntry, WaitlistOffer

__all__ = [
    "Allocation",
    "Appointment",
    "AppointmentEvent",
    "AvailabilityException",
    "AvailabilityRule",
    "CalendarFeed",
    "ClinicGroup",
    "Clinician",
    "Department",
    "DirectoryVersion",
    "Estimate",
    "Hold",
    "IdempotencyRecord",
    "ImportedAppointment",
    "Mode",
    "Place",
    "Plan",
    "Resource",
    "Series",
    "Site",
    "SiteAssignment",
    "Standing",
    "VisitType",
    "WaitlistEntry",
    "WaitlistOffer",
]

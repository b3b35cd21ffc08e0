"""Where appointments came from that were not booked here."""

from django.db import models

from scheduling.models.appointments import Appointment


class ImportedAppointment(models.Model):
    """A visit that another system booked. Its own key there is what makes a second import of the
    same file change nothing.
    """

    source = models.CharField(max_length=40)
    source_id = models.CharField(max_length=100)
    appointment = models.OneToOneField(
        Appointment, on_delete=models.CASCADE, related_name="imported"
    )
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "source_id"], name="imported_once")
        ]

    def __str__(self) -> str:
        return f"appointment {self.appointment_id} of {self.source}"

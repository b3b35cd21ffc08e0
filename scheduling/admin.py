"""The administrator's door to where staff work. Clinics themselves come from their file."""

from django.contrib import admin

from scheduling.models import SiteAssignment


@admin.register(SiteAssignment)
class SiteAssignmentAdmin(admin.ModelAdmin[SiteAssignment]):
    list_display = ("user", "site")
    list_filter = ("site",)

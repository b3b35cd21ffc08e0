"""The administrator's door to reminder rules."""

from django.contrib import admin

from reminders.models import ReminderRule


@admin.register(ReminderRule)
class ReminderRuleAdmin(admin.ModelAdmin[ReminderRule]):
    list_display = ("name", "minutes_before", "asks_to_confirm", "visit_type", "active")

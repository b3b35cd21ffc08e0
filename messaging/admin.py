"""The administrator's door to the words of messages."""

from django.contrib import admin

from messaging.models import MessageTemplate


@admin.register(MessageTemplate)
class MessageTemplateAdmin(admin.ModelAdmin[MessageTemplate]):
    """A new version is a new row; what was sent keeps its own words."""

    list_display = ("kind", "channel", "language", "version", "published_at")
    list_filter = ("kind", "channel", "language")

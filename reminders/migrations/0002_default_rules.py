from django.db import migrations

DAY = 24 * 60
RULES = [
    {"name": "week-before", "minutes_before": 7 * DAY, "asks_to_confirm": False},
    {"name": "two-days-before", "minutes_before": 2 * DAY, "asks_to_confirm": True},
    {"name": "two-hours-before", "minutes_before": 120, "asks_to_confirm": False},
]


def add_rules(apps, schema_editor):
    rules = apps.get_model("reminders", "ReminderRule").objects.using(schema_editor.connection.alias)
    rules.bulk_create([rules.model(**rule) for rule in RULES], ignore_conflicts=True)


def remove_rules(apps, schema_editor):
    """Rules that reminders were planned by stay: they are part of those reminders' story."""
    rules = apps.get_model("reminders", "ReminderRule").objects.using(schema_editor.connection.alias)
    names = [rule["name"] for rule in RULES]
    rules.filter(name__in=names, reminders__isnull=True).delete()


class Migration(migrations.Migration):
    dependencies = [("reminders", "0001_initial")]
    operations = [migrations.RunPython(add_rules, remove_rules)]

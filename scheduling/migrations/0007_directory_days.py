from django.db import migrations

# The days that differ are part of the directory, too (see ``0006_directory``).
TRIGGER = """
    CREATE TRIGGER renews_directory AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
        ON scheduling_availabilityexception
        FOR EACH STATEMENT EXECUTE FUNCTION scheduling_renew_directory();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("scheduling", "0006_directory"),
    ]

    operations = [
        migrations.RunSQL(
            TRIGGER, "DROP TRIGGER renews_directory ON scheduling_availabilityexception;"
        ),
    ]

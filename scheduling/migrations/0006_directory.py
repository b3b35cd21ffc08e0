from django.db import migrations, models

# What ``selectors.directory`` reads.
TABLES = (
    "scheduling_site",
    "scheduling_visittype",
    "scheduling_resource",
    "scheduling_clinician",
    "scheduling_clinician_visit_types",
    "scheduling_availabilityrule",
    "scheduling_availabilityrule_visit_types",
)
RENEW = """
    CREATE FUNCTION scheduling_renew_directory() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO scheduling_directoryversion ("only", token) VALUES (TRUE, gen_random_uuid())
        ON CONFLICT ("only") DO UPDATE SET token = EXCLUDED.token;
        RETURN NULL;
    END $$;
"""
TRIGGER = """
    CREATE TRIGGER renews_directory AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION scheduling_renew_directory();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("scheduling", "0005_feeds"),
    ]

    operations = [
        migrations.CreateModel(
            name='DirectoryVersion',
            fields=[
                ('only', models.BooleanField(default=True, primary_key=True, serialize=False)),
                ('token', models.UUIDField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('only', True)), name='one_directory_version')],
            },
        ),
        migrations.RunSQL(RENEW, "DROP FUNCTION scheduling_renew_directory();"),
        *(
            migrations.RunSQL(
                TRIGGER.format(table=table), f"DROP TRIGGER renews_directory ON {table};"
            )
            for table in TABLES
        ),
        migrations.RunSQL(
            'INSERT INTO scheduling_directoryversion ("only", token) '
            "VALUES (TRUE, gen_random_uuid());",
            migrations.RunSQL.noop,
        ),
    ]

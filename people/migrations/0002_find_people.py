from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

from people.models.searching import PlainNames


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        TrigramExtension(),
        migrations.AddIndex(
            model_name="contactpoint",
            index=GinIndex(
                OpClass("value", "gin_trgm_ops"),
                name="contact_point_by_part",
                condition=models.Q(kind="phone"),
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["born_on"], name="person_by_birth"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=GinIndex(
                OpClass(PlainNames("given_name", "chosen_name", "family_name"), "gin_trgm_ops"),
                name="person_by_names",
            ),
        ),
    ]

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0002_find_people'),
        ('scheduling', '0003_right_visit'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Series',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'series',
            },
        ),
        migrations.RemoveConstraint(
            model_name='appointmentevent',
            name='event_kind_known',
        ),
        migrations.AddField(
            model_name='appointmentevent',
            name='from_clinician',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scheduling.clinician'),
        ),
        migrations.AddField(
            model_name='appointmentevent',
            name='from_mode',
            field=models.CharField(blank=True, choices=[('in_person', 'In person'), ('video', 'Video')], max_length=12),
        ),
        migrations.AddField(
            model_name='appointmentevent',
            name='from_site',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scheduling.site'),
        ),
        migrations.AddField(
            model_name='appointmentevent',
            name='from_starts_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='appointmentevent',
            name='late',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='visittype',
            name='series_most',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='appointmentevent',
            name='kind',
            field=models.CharField(choices=[('booked', 'Booked'), ('moved', 'Moved'), ('status', 'Status'), ('undone', 'Undone')], max_length=8),
        ),
        migrations.AddConstraint(
            model_name='appointmentevent',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['booked', 'moved', 'status', 'undone'])), name='event_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='appointmentevent',
            constraint=models.CheckConstraint(condition=models.Q(('from_mode__in', ['', 'in_person', 'video'])), name='event_from_mode_valid'),
        ),
        migrations.AddField(
            model_name='series',
            name='booked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='series',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='series', to='people.person'),
        ),
        migrations.AddField(
            model_name='series',
            name='visit_type',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='series', to='scheduling.visittype'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='series',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='scheduling.series'),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(condition=models.Q(('series__isnull', False)), fields=['series', 'starts_at'], name='appointment_of_series'),
        ),
    ]

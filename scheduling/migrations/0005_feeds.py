import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("scheduling", "0004_series"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('of', models.CharField(choices=[('patient', 'The visits of the people they act for'), ('clinician', "A clinician's own visits")], max_length=12)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('language', models.CharField(max_length=10)),
                ('created_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calendar_feeds', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('of__in', ['patient', 'clinician'])), name='feed_known'), models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True)), fields=('owner', 'of'), name='one_feed_of_each_kind')],
            },
        ),
        migrations.CreateModel(
            name='ImportedAppointment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=40)),
                ('source_id', models.CharField(max_length=100)),
                ('imported_at', models.DateTimeField()),
                ('appointment', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='imported', to='scheduling.appointment')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('source', 'source_id'), name='imported_once')],
            },
        ),
    ]

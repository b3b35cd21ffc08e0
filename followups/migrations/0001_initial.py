import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('messaging', '0001_initial'),
        ('scheduling', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='VisitSummary',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('said', models.TextField()),
                ('next_steps', models.TextField()),
                ('next_in_weeks', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('released_at', models.DateTimeField(blank=True, null=True)),
                ('appointment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='summary', to='scheduling.appointment')),
                ('next_visit_type', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scheduling.visittype')),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='FollowUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('planned_at', models.DateTimeField()),
                ('message', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='follow_up', to='messaging.message')),
                ('summary', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='follow_up', to='followups.visitsummary')),
            ],
        ),
        migrations.AddIndex(
            model_name='visitsummary',
            index=models.Index(condition=models.Q(('released_at__isnull', False)), fields=['released_at'], name='summary_released'),
        ),
        migrations.AddConstraint(
            model_name='visitsummary',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('next_in_weeks__isnull', True), ('next_visit_type__isnull', True)), models.Q(('next_in_weeks__gte', 1), ('next_in_weeks__isnull', False), ('next_visit_type__isnull', False)), _connector='OR'), name='summary_next_visit_whole'),
        ),
    ]

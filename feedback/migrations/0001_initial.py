import django.db.models.deletion
import feedback.models
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('messaging', '0001_initial'),
        ('scheduling', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='SurveyInvitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(default=feedback.models.new_token, max_length=32, unique=True)),
                ('planned_at', models.DateTimeField()),
                ('closes_at', models.DateTimeField()),
                ('appointment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='survey_invitation', to='scheduling.appointment')),
                ('message', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='survey_invitation', to='messaging.message')),
            ],
        ),
        migrations.CreateModel(
            name='SurveyResponse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('overall', models.PositiveSmallIntegerField()),
                ('waiting', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('comment', models.TextField(blank=True)),
                ('answered_at', models.DateTimeField()),
                ('invitation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='response', to='feedback.surveyinvitation')),
            ],
            options={
                'indexes': [models.Index(fields=['answered_at'], name='response_answered')],
                'constraints': [models.CheckConstraint(condition=models.Q(('overall__gte', 1), ('overall__lte', 6)), name='response_overall_scale'), models.CheckConstraint(condition=models.Q(('waiting__isnull', True), models.Q(('waiting__gte', 1), ('waiting__lte', 5)), _connector='OR'), name='response_waiting_scale')],
            },
        ),
    ]

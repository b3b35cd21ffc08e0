import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('key', models.CharField(max_length=120, unique=True)),
                ('kind', models.CharField(max_length=40)),
                ('channel', models.CharField(choices=[('sms', 'Sms'), ('email', 'Email'), ('voice', 'Voice')], max_length=8)),
                ('address', models.CharField(max_length=254)),
                ('language', models.CharField(default='en', max_length=10)),
                ('about', models.CharField(blank=True, max_length=30)),
                ('about_id', models.BigIntegerField(blank=True, null=True)),
                ('about_version', models.PositiveIntegerField(blank=True, null=True)),
                ('facts', models.JSONField(blank=True, default=dict)),
                ('state', models.CharField(choices=[('scheduled', 'Scheduled'), ('pending', 'Pending'), ('claimed', 'Claimed'), ('sending', 'Sending'), ('accepted', 'Accepted'), ('sent', 'Sent'), ('delivered', 'Delivered'), ('unknown', 'Unknown'), ('undelivered', 'Undelivered'), ('failed', 'Failed'), ('suppressed', 'Suppressed'), ('expired', 'Expired'), ('dead', 'Dead')], default='scheduled', max_length=12)),
                ('reason', models.CharField(blank=True, help_text='Why it was not sent.', max_length=60)),
                ('priority', models.PositiveSmallIntegerField(default=5, help_text='0 is first.')),
                ('due_at', models.DateTimeField()),
                ('useful_until', models.DateTimeField(blank=True, null=True)),
                ('claimed_by', models.CharField(blank=True, max_length=60)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('provider_sid', models.CharField(blank=True, max_length=64)),
                ('error_code', models.CharField(blank=True, max_length=20)),
                ('subject', models.CharField(blank=True, max_length=200)),
                ('body', models.TextField(blank=True, help_text='The words as sent.')),
                ('created_at', models.DateTimeField()),
                ('state_since', models.DateTimeField()),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='people.person')),
            ],
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(choices=[('open', 'Open'), ('accepted', 'Accepted'), ('not_processed', 'Not Processed'), ('refused', 'Refused'), ('unknown', 'Unknown')], default='open', max_length=14)),
                ('provider_sid', models.CharField(blank=True, max_length=64)),
                ('error_code', models.CharField(blank=True, max_length=20)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='messaging.message')),
            ],
        ),
        migrations.CreateModel(
            name='MessageTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('channel', models.CharField(choices=[('sms', 'Sms'), ('email', 'Email'), ('voice', 'Voice')], max_length=8)),
                ('language', models.CharField(max_length=10)),
                ('version', models.PositiveIntegerField()),
                ('subject', models.CharField(blank=True, max_length=200)),
                ('body', models.TextField()),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('written_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='OptOut',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('sms', 'Sms'), ('email', 'Email'), ('voice', 'Voice')], max_length=8)),
                ('address', models.CharField(max_length=254)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('channel', 'address'), name='opt_out_open_once')],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider_sid', models.CharField(max_length=64)),
                ('status', models.CharField(max_length=20)),
                ('error_code', models.CharField(blank=True, max_length=20)),
                ('received_at', models.DateTimeField()),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='messaging.message')),
            ],
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120, unique=True)),
                ('kind', models.CharField(max_length=40)),
                ('detail', models.TextField(blank=True)),
                ('role', models.CharField(default='agent', help_text='Whose work it is.', max_length=20)),
                ('about', models.CharField(blank=True, max_length=30)),
                ('about_id', models.BigIntegerField(blank=True, null=True)),
                ('status', models.CharField(choices=[('open', 'Open'), ('done', 'Done'), ('dropped', 'Not needed any more')], default='open', max_length=8)),
                ('due_at', models.DateTimeField()),
                ('created_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('message', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='messaging.message')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='people.person')),
            ],
        ),
        migrations.CreateModel(
            name='TaskAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(choices=[('reached', 'Reached'), ('no_answer', 'No answer'), ('left_word', 'Left a message')], max_length=10)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='task_attempts', to=settings.AUTH_USER_MODEL)),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='messaging.task')),
            ],
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state', 'scheduled')), fields=['due_at'], name='message_scheduled'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['priority', 'due_at'], name='message_pending'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state__in', ['claimed', 'sending', 'unknown'])), fields=['lease_until'], name='message_leased'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['address', '-state_since'], name='message_to_address'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['about', 'about_id'], name='message_about'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['scheduled', 'pending', 'claimed', 'sending', 'accepted', 'sent', 'delivered', 'unknown', 'undelivered', 'failed', 'suppressed', 'expired', 'dead'])), name='message_state_known'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', ['sms', 'email', 'voice'])), name='message_channel_known'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'suppressed'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='message_suppressed_why'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(condition=models.Q(('provider_sid', ''), _negated=True), fields=('provider_sid',), name='message_provider_sid_once'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(fields=('message', 'number'), name='attempt_number_once'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['open', 'accepted', 'not_processed', 'refused', 'unknown'])), name='attempt_outcome_known'),
        ),
        migrations.AddConstraint(
            model_name='messagetemplate',
            constraint=models.UniqueConstraint(fields=('kind', 'channel', 'language', 'version'), name='template_version_once'),
        ),
        migrations.AddConstraint(
            model_name='messagetemplate',
            constraint=models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='template_version_from_one'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.UniqueConstraint(fields=('provider_sid', 'status'), name='receipt_once'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['role', 'due_at'], name='task_open'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'done', 'dropped'])), name='task_status_known'),
        ),
        migrations.AddConstraint(
            model_name='taskattempt',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['reached', 'no_answer', 'left_word'])), name='task_attempt_outcome_known'),
        ),
    ]

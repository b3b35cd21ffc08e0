import datetime
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
import scheduling.models.visit_types
import uuid
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name='Department',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField()),
                ('names', models.JSONField()),
                ('doors', models.JSONField(blank=True, default=dict)),
                ('active', models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name='Place',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True)),
                ('latitude', models.FloatField()),
                ('longitude', models.FloatField()),
            ],
        ),
        migrations.CreateModel(
            name='Site',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True)),
                ('name', models.CharField(max_length=200)),
                ('street', models.CharField(max_length=200)),
                ('city', models.CharField(max_length=100)),
                ('region', models.CharField(blank=True, max_length=100)),
                ('postcode', models.CharField(blank=True, max_length=20)),
                ('phone', models.CharField(max_length=20)),
                ('time_zone', models.CharField(max_length=64)),
                ('latitude', models.FloatField()),
                ('longitude', models.FloatField()),
                ('step_free', models.BooleanField(default=True)),
                ('directions', models.JSONField(blank=True, default=dict)),
                ('active', models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name='ClinicGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('only', models.BooleanField(default=True, editable=False, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('phone', models.CharField(max_length=20)),
                ('currency', models.CharField(default='USD', max_length=3)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('only', True)), name='one_clinic_group')],
            },
        ),
        migrations.CreateModel(
            name='Clinician',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('titles', models.JSONField(blank=True, default=dict)),
                ('languages', models.JSONField(blank=True, default=list)),
                ('gender', models.CharField(blank=True, choices=[('female', 'Female'), ('male', 'Male'), ('nonbinary', 'Nonbinary')], max_length=12)),
                ('active', models.BooleanField(default=True)),
                ('user', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='clinician', to=settings.AUTH_USER_MODEL)),
                ('departments', models.ManyToManyField(blank=True, related_name='clinicians', to='scheduling.department')),
            ],
        ),
        migrations.CreateModel(
            name='Resource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True)),
                ('kind', models.CharField(choices=[('clinician', 'Clinician'), ('room', 'Room'), ('device', 'Device'), ('session', 'Group session')], max_length=12)),
                ('capacity', models.PositiveSmallIntegerField(default=1)),
                ('category', models.SlugField(blank=True)),
                ('names', models.JSONField(blank=True, default=dict)),
                ('active', models.BooleanField(default=True)),
                ('leader', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='scheduling.clinician')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='resources', to='scheduling.site')),
            ],
        ),
        migrations.AddField(
            model_name='clinician',
            name='resource',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='clinician', to='scheduling.resource'),
        ),
        migrations.AddField(
            model_name='department',
            name='site',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='departments', to='scheduling.site'),
        ),
        migrations.CreateModel(
            name='AvailabilityException',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on_date', models.DateField()),
                ('starts', models.TimeField(blank=True, null=True)),
                ('ends', models.TimeField(blank=True, null=True)),
                ('effect', models.CharField(choices=[('closed', 'Not working'), ('extra', 'Extra hours')], max_length=8)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('from_file', models.BooleanField(default=False, help_text='Came with the clinic file, which replaces it when it is loaded again.')),
                ('resource', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='exceptions', to='scheduling.resource')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='exceptions', to='scheduling.site')),
            ],
        ),
        migrations.CreateModel(
            name='SiteAssignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='staff_assignments', to='scheduling.site')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='site_assignments', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='VisitType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True)),
                ('names', models.JSONField()),
                ('descriptions', models.JSONField(blank=True, default=dict)),
                ('preparations', models.JSONField(blank=True, default=dict)),
                ('minutes', models.PositiveSmallIntegerField()),
                ('buffer_before', models.PositiveSmallIntegerField(default=0)),
                ('buffer_after', models.PositiveSmallIntegerField(default=0)),
                ('slot_step', models.PositiveSmallIntegerField(default=15)),
                ('price_low', models.PositiveIntegerField()),
                ('price_high', models.PositiveIntegerField()),
                ('minimum_notice', models.PositiveIntegerField(default=60)),
                ('horizon_days', models.PositiveSmallIntegerField(default=180)),
                ('latest_change', models.PositiveIntegerField(default=120)),
                ('group', models.BooleanField(default=False)),
                ('modes', models.JSONField(default=scheduling.models.visit_types.in_person_only)),
                ('needs', models.JSONField(blank=True, default=list)),
                ('daily_cap', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('no_shows_allowed', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('active', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['position', 'slug'],
                'constraints': [models.CheckConstraint(condition=models.Q(('minutes__gt', 0), ('slot_step__gt', 0)), name='visit_type_takes_time'), models.CheckConstraint(condition=models.Q(('price_high__gte', models.F('price_low'))), name='visit_type_price_range')],
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('holder', models.CharField(help_text="Keyed hash of the browser's secret.", max_length=64)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('mode', models.CharField(choices=[('in_person', 'In person'), ('video', 'Video')], default='in_person', max_length=12)),
                ('standing', models.CharField(blank=True, choices=[('new', 'New patient'), ('returning', 'Has been here before')], max_length=12)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('released_at', models.DateTimeField(blank=True, null=True)),
                ('clinician', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holds', to='scheduling.clinician')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holds', to='scheduling.site')),
                ('visit_type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holds', to='scheduling.visittype')),
            ],
        ),
        migrations.AddField(
            model_name='clinician',
            name='visit_types',
            field=models.ManyToManyField(blank=True, related_name='clinicians', to='scheduling.visittype'),
        ),
        migrations.CreateModel(
            name='AvailabilityRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField()),
                ('starts', models.TimeField()),
                ('ends', models.TimeField()),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('mode', models.CharField(blank=True, choices=[('in_person', 'In person'), ('video', 'Video')], max_length=12)),
                ('works', models.BooleanField(default=True)),
                ('every_weeks', models.PositiveSmallIntegerField(default=1)),
                ('kept_for', models.CharField(blank=True, choices=[('new', 'New patients'), ('returning', 'Returning patients'), ('same_day', 'The same day')], max_length=12)),
                ('release_days', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('release_time', models.TimeField(blank=True, null=True)),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='availability_rules', to='scheduling.resource')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='availability_rules', to='scheduling.site')),
                ('visit_types', models.ManyToManyField(blank=True, related_name='availability_rules', to='scheduling.visittype')),
            ],
        ),
        migrations.CreateModel(
            name='Appointment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('status', models.CharField(choices=[('booked', 'Booked'), ('confirmed', 'Confirmed'), ('arrived', 'Arrived'), ('checked_in', 'Checked in'), ('in_visit', 'With the clinician'), ('completed', 'Completed'), ('canceled', 'Canceled'), ('no_show', 'Did not come')], default='booked', max_length=12)),
                ('local_date', models.DateField()),
                ('local_time', models.TimeField()),
                ('time_zone', models.CharField(max_length=64)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('mode', models.CharField(choices=[('in_person', 'In person'), ('video', 'Video')], default='in_person', max_length=12)),
                ('version', models.PositiveIntegerField(default=1)),
                ('price_low', models.PositiveIntegerField()),
                ('price_high', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField()),
                ('status_since', models.DateTimeField()),
                ('booked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='people.person')),
                ('clinician', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='scheduling.clinician')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='scheduling.site')),
                ('visit_type', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='scheduling.visittype')),
            ],
        ),
        migrations.CreateModel(
            name='Allocation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('during', django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ('unit', models.PositiveSmallIntegerField(default=0)),
                ('kind', models.CharField(choices=[('hold', 'Hold'), ('booking', 'Booking'), ('block', 'Block')], max_length=8)),
                ('active', models.BooleanField(default=True)),
                ('overbook', models.BooleanField(default=False)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('placed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('appointment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='allocations', to='scheduling.appointment')),
                ('hold', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='allocations', to='scheduling.hold')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='scheduling.resource')),
                ('site', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scheduling.site')),
                ('visit_type', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scheduling.visittype')),
            ],
        ),
        migrations.CreateModel(
            name='AppointmentEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('booked', 'Booked'), ('moved', 'Moved'), ('status', 'Status')], max_length=8)),
                ('from_status', models.CharField(blank=True, max_length=12)),
                ('to_status', models.CharField(choices=[('booked', 'Booked'), ('confirmed', 'Confirmed'), ('arrived', 'Arrived'), ('checked_in', 'Checked in'), ('in_visit', 'With the clinician'), ('completed', 'Completed'), ('canceled', 'Canceled'), ('no_show', 'Did not come')], max_length=12)),
                ('version', models.PositiveIntegerField()),
                ('starts_at', models.DateTimeField(help_text="The visit's start after this event.")),
                ('at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('appointment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='scheduling.appointment')),
            ],
            options={
                'indexes': [models.Index(fields=['appointment', 'at'], name='event_of_appointment')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['booked', 'moved', 'status'])), name='event_kind_known'), models.CheckConstraint(condition=models.Q(('to_status__in', ['booked', 'confirmed', 'arrived', 'checked_in', 'in_visit', 'completed', 'canceled', 'no_show'])), name='event_status_known')],
            },
        ),
        migrations.CreateModel(
            name='IdempotencyRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(max_length=64)),
                ('key', models.CharField(max_length=64)),
                ('fingerprint', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField()),
                ('appointment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='idempotency_records', to='scheduling.appointment')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('scope', 'key'), name='idempotency_key_once')],
            },
        ),
        migrations.AddIndex(
            model_name='resource',
            index=models.Index(condition=models.Q(('active', True), ('kind__in', ['room', 'device'])), fields=['site', 'category'], name='resource_of_category'),
        ),
        migrations.AddConstraint(
            model_name='resource',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['clinician', 'room', 'device', 'session'])), name='resource_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='resource',
            constraint=models.CheckConstraint(condition=models.Q(('capacity__gte', 1)), name='resource_capacity'),
        ),
        migrations.AddConstraint(
            model_name='resource',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'session'), _negated=True), ('leader__isnull', False), _connector='OR'), name='session_has_leader'),
        ),
        migrations.AddConstraint(
            model_name='department',
            constraint=models.UniqueConstraint(fields=('site', 'slug'), name='department_once_per_site'),
        ),
        migrations.AddIndex(
            model_name='availabilityexception',
            index=models.Index(fields=['on_date', 'site'], name='exception_of_site'),
        ),
        migrations.AddIndex(
            model_name='availabilityexception',
            index=models.Index(fields=['on_date', 'resource'], name='exception_of_resource'),
        ),
        migrations.AddConstraint(
            model_name='availabilityexception',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('effect', 'closed'), ('site__isnull', False)), models.Q(('effect', 'closed'), ('resource__isnull', False)), models.Q(('effect', 'extra'), ('ends__isnull', False), ('resource__isnull', False), ('site__isnull', False), ('starts__isnull', False)), _connector='OR'), name='exception_is_about_someone'),
        ),
        migrations.AddConstraint(
            model_name='availabilityexception',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ends__isnull', True), ('starts__isnull', True)), models.Q(('ends__gt', models.F('starts')), ('ends__isnull', False), ('starts__isnull', False)), _connector='OR'), name='exception_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='siteassignment',
            constraint=models.UniqueConstraint(fields=('user', 'site'), name='site_assignment_once'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('released_at__isnull', True)), fields=['holder'], name='hold_of_browser'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['in_person', 'video'])), name='hold_mode_known'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('standing__in', ['', 'new', 'returning'])), name='hold_standing_known'),
        ),
        migrations.AddConstraint(
            model_name='clinician',
            constraint=models.CheckConstraint(condition=models.Q(('gender__in', ['', 'female', 'male', 'nonbinary'])), name='clinician_gender_known'),
        ),
        migrations.AddIndex(
            model_name='availabilityrule',
            index=models.Index(fields=['resource', 'weekday'], name='rule_of_resource'),
        ),
        migrations.AddConstraint(
            model_name='availabilityrule',
            constraint=models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='rule_weekday'),
        ),
        migrations.AddConstraint(
            model_name='availabilityrule',
            constraint=models.CheckConstraint(condition=models.Q(('ends__gt', models.F('starts'))), name='rule_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='availabilityrule',
            constraint=models.CheckConstraint(condition=models.Q(('every_weeks__gte', 1)), name='rule_every_weeks'),
        ),
        migrations.AddConstraint(
            model_name='availabilityrule',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['', 'in_person', 'video'])), name='rule_mode_known'),
        ),
        migrations.AddConstraint(
            model_name='availabilityrule',
            constraint=models.CheckConstraint(condition=models.Q(('kept_for__in', ['', 'new', 'returning', 'same_day'])), name='rule_kept_for_known'),
        ),
        migrations.AddConstraint(
            model_name='availabilityrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release_days__isnull', True), ('release_time__isnull', True)), models.Q(('release_days__isnull', False), ('release_time__isnull', False)), _connector='OR'), name='rule_release_whole'),
        ),
        migrations.AddConstraint(
            model_name='availabilityrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kept_for', 'same_day'), _negated=True), ('release_days__isnull', False), _connector='OR'), name='rule_same_day_is_released'),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(fields=['site', 'local_date'], name='appointment_site_day'),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(fields=['clinician', 'local_date'], name='appointment_clinician_day'),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(fields=['person', '-starts_at'], name='appointment_of_person'),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(condition=models.Q(('status__in', ['booked', 'confirmed'])), fields=['starts_at'], name='appointment_upcoming'),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(condition=models.Q(('status', 'completed')), fields=['status_since'], name='appointment_completed'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['booked', 'confirmed', 'arrived', 'checked_in', 'in_visit', 'completed', 'canceled', 'no_show'])), name='appointment_status_known'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['in_person', 'video'])), name='appointment_mode_known'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='appointment_takes_time'),
        ),
        migrations.AddIndex(
            model_name='allocation',
            index=models.Index(models.F('resource'), models.Func('during', function='lower'), condition=models.Q(('active', True)), name='allocation_busy'),
        ),
        migrations.AddIndex(
            model_name='allocation',
            index=models.Index(condition=models.Q(('active', True), ('kind', 'hold')), fields=['expires_at'], name='allocation_expiring'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('active', True), ('overbook', False)), expressions=[('resource', '='), ('unit', '='), ('during', '&&')], name='allocation_never_overlaps'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['hold', 'booking', 'block'])), name='allocation_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('expires_at__isnull', False), ('hold__isnull', False), ('kind', 'hold')), models.Q(('appointment__isnull', False), ('expires_at__isnull', True), ('kind', 'booking')), ('kind', 'block'), _connector='OR'), name='allocation_belongs'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.CheckConstraint(condition=models.Q(('during__endswith__lte', django.db.models.expressions.CombinedExpression(models.F('during__startswith'), '+', models.Value(datetime.timedelta(days=1))))), name='allocation_within_a_day'),
        ),
    ]

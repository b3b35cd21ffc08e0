from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='InboundMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider_sid', models.CharField(max_length=64, unique=True)),
                ('from_number', models.CharField(max_length=20)),
                ('to_number', models.CharField(max_length=20)),
                ('body', models.TextField(blank=True)),
                ('received_at', models.DateTimeField()),
                ('interpreted_by', models.CharField(blank=True, max_length=80)),
                ('interpreted_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['from_number', '-received_at'], name='inbound_from_number')],
            },
        ),
    ]

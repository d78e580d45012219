"""A party's own wish to end the case, and why."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("disputes", "0004_consent_deadline_index")]

    operations = [
        migrations.AddField("participant", "end_asked_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("participant", "end_reason", models.TextField(blank=True)),
    ]

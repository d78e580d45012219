"""The time to consent to arbitration once the rounds are used up."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("disputes", "0002_beat_jobs")]

    operations = [
        migrations.AddField("dispute", "consent_deadline", models.DateTimeField(blank=True, null=True)),
        migrations.AddConstraint(
            "dispute",
            models.CheckConstraint(
                condition=Q(("consent_deadline", None), ("status", "mediating"), _connector="OR"),
                name="dispute_consent_is_for_mediating",
            ),
        ),
    ]

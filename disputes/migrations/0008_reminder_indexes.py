"""The sweep asks only for the reminders that are due. Built beside the running application, therefore alone."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("disputes", "0007_door_drafts_reminders")]

    operations = [
        AddIndexConcurrently(
            model,
            models.Index(fields=["next_reminder_at"], condition=Q(next_reminder_at__isnull=False), name=name),
        )
        for model, name in (("dispute", "dispute_reminder_due"), ("invitation", "invitation_reminder_due"))
    ]

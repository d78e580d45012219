"""The sweep asks only for what is due. Built beside the running application, therefore alone."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("disputes", "0003_consent_deadline")]

    operations = [
        AddIndexConcurrently(
            "dispute",
            models.Index(
                fields=["consent_deadline"], condition=Q(consent_deadline__isnull=False), name="dispute_consent_due"
            ),
        ),
    ]

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Every render asks how many wait."""

    atomic = False
    dependencies = [("documents", "0005_archives")]
    operations = [
        AddIndexConcurrently(
            model_name="document",
            index=models.Index(
                condition=models.Q(("status__in", ["queued", "rendering"])),
                fields=["created_at"],
                name="document_waiting",
            ),
        ),
    ]

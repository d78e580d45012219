"""What the sweep asks for finds only what is due. Built beside the running application, therefore alone."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

DUE = (
    ("contract", "check_due_at", Q(check_due_at__isnull=False), "contract_check_due"),
    ("dispute", "human_due_at", Q(human_due_at__isnull=False), "dispute_human_due"),
    ("resolution", "rank_by", Q(status="ranking"), "resolution_ranking_due"),
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("disputes", "0009_mediation_protocol")]

    operations = [
        AddIndexConcurrently(model, models.Index(fields=[field], condition=condition, name=name))
        for model, field, condition, name in DUE
    ]

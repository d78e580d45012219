"""How far each reader of a stream has come."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import kernel.clock
import kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("disputes", "0005_asking_to_end"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MessageReceipt",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("delivered_seq", models.BigIntegerField(default=0)),
                ("read_seq", models.BigIntegerField(default=0)),
                ("updated_at", models.DateTimeField(db_default=kernel.clock.DbNow())),
                (
                    "stream",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="receipts",
                        to="disputes.messagestream",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "db_table": "disputes_message_receipt",
                "constraints": [
                    models.UniqueConstraint(fields=("stream", "user"), name="receipt_one_per_reader"),
                    models.CheckConstraint(
                        condition=models.Q(("read_seq__gte", 0), ("delivered_seq__gte", models.F("read_seq"))),
                        name="receipt_read_was_delivered",
                    ),
                ],
            },
        ),
    ]

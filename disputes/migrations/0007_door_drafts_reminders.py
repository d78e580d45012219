"""Replies given at the door, drafts of filings, refusals of a date, and when the next reminder is due."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import kernel.clock
import kernel.ids

# Deadlines that run already get the reminders that still lie ahead of them.
FIRST = """(SELECT min(moment) FROM unnest(ARRAY[{0} - interval '7 days', {0} - interval '3 days', {0} - interval '1 day'])
 AS moment WHERE moment > kernel_now())"""
RUNNING = [
    "UPDATE disputes_invitation SET next_reminder_at = " + FIRST.format("expires_at") + " WHERE used_at IS NULL",
    "UPDATE disputes_dispute SET next_reminder_at = "
    + FIRST.format("statement_deadline")
    + " WHERE status = 'stating'",
    "UPDATE disputes_dispute SET next_reminder_at = "
    + FIRST.format("consent_deadline")
    + " WHERE consent_deadline IS NOT NULL",
]


class Migration(migrations.Migration):
    dependencies = [
        ("disputes", "0006_message_receipts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DeadlineReminder",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "awaited",
                    models.CharField(
                        choices=[
                            ("respond_by", "answer to the invitation"),
                            ("statement_deadline", "statement"),
                            ("consent_deadline", "consent to arbitration"),
                            ("signing", "signature"),
                        ],
                        max_length=20,
                    ),
                ),
                ("deadline", models.DateTimeField()),
                ("days", models.PositiveSmallIntegerField()),
                ("created_at", models.DateTimeField(db_default=kernel.clock.DbNow())),
            ],
            options={
                "db_table": "disputes_deadline_reminder",
            },
        ),
        migrations.CreateModel(
            name="FilingDraft",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("content_sealed", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField(db_default=kernel.clock.DbNow())),
                ("updated_at", models.DateTimeField(db_default=kernel.clock.DbNow())),
            ],
            options={
                "db_table": "disputes_filing_draft",
            },
        ),
        migrations.CreateModel(
            name="Reply",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("content_sealed", models.BinaryField()),
                ("is_given", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(db_default=kernel.clock.DbNow())),
            ],
            options={
                "verbose_name_plural": "replies",
                "db_table": "disputes_reply",
            },
        ),
        migrations.AddField(
            model_name="deadlineproposal",
            name="reason",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="deadlineproposal",
            name="refusal",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="deadlineproposal",
            name="refused_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="disputes.participant",
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="next_reminder_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="invitation",
            name="next_reminder_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="participant",
            name="wrong_address_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="truth",
            name="answer_sealed",
            field=models.BinaryField(null=True),
        ),
        migrations.AlterField(
            model_name="deadlineproposal",
            name="status",
            field=models.CharField(
                choices=[
                    ("open", "open"),
                    ("accepted", "accepted"),
                    ("refused", "refused"),
                    ("superseded", "superseded"),
                ],
                default="open",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="deadlinereminder",
            name="dispute",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="reminders", to="disputes.dispute"
            ),
        ),
        migrations.AddField(
            model_name="deadlinereminder",
            name="invitation",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="disputes.invitation",
            ),
        ),
        migrations.AddField(
            model_name="filingdraft",
            name="dispute",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="disputes.dispute",
            ),
        ),
        migrations.AddField(
            model_name="filingdraft",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="reply",
            name="dispute",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="replies", to="disputes.dispute"
            ),
        ),
        migrations.AddField(
            model_name="reply",
            name="participant",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="reply", to="disputes.participant"
            ),
        ),
        migrations.AddConstraint(
            model_name="deadlinereminder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("invitation", None)),
                fields=("dispute", "awaited", "deadline", "days"),
                name="reminder_once_per_deadline",
            ),
        ),
        migrations.AddConstraint(
            model_name="deadlinereminder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("invitation__isnull", False)),
                fields=("invitation", "deadline", "days"),
                name="reminder_once_per_invitation",
            ),
        ),
        migrations.AddIndex(
            model_name="filingdraft",
            index=models.Index(
                condition=models.Q(("dispute", None)), fields=["user", "-updated_at"], name="draft_of_user"
            ),
        ),
        migrations.AddConstraint(
            model_name="filingdraft",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("content_sealed__isnull", False), ("dispute", None)),
                    models.Q(("content_sealed", None), ("dispute__isnull", False)),
                    _connector="OR",
                ),
                name="draft_is_open_or_filed",
            ),
        ),
        migrations.AddIndex(
            model_name="reply",
            index=models.Index(condition=models.Q(("is_given", True)), fields=["dispute"], name="reply_waiting"),
        ),
        migrations.RunSQL(RUNNING, migrations.RunSQL.noop),
    ]

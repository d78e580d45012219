"""Drafts of an award for its arbitrator; who pays in a bidding."""

import django.db.models.deletion
import kernel.clock
import kernel.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('disputes', '0010_mediation_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='biddinground',
            name='payer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='disputes.participant'),
        ),
        migrations.CreateModel(
            name='AwardDraft',
            fields=[
                ('id', models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('drafting', 'being drafted'), ('ready', 'ready'), ('failed', 'failed')], default='drafting', max_length=8)),
                ('content_sealed', models.BinaryField(null=True)),
                ('model', models.CharField(blank=True, max_length=80)),
                ('prompt_version', models.CharField(blank=True, max_length=80)),
                ('failure', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(db_default=kernel.clock.DbNow())),
                ('drafted_at', models.DateTimeField(blank=True, null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('resolution', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='award_drafts', to='disputes.resolution')),
            ],
            options={
                'db_table': 'disputes_award_draft',
                'indexes': [models.Index(fields=['resolution', '-created_at'], name='award_draft_newest')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'drafting')), fields=('resolution',), name='award_draft_one_at_a_time'), models.CheckConstraint(condition=models.Q(models.Q(('content_sealed__isnull', False), ('drafted_at__isnull', False), ('status', 'ready')), models.Q(('content_sealed', None), ('status__in', ['drafting', 'failed'])), _connector='OR'), name='award_draft_ready_has_words')],
            },
        ),
        migrations.CreateModel(
            name='BiddingDirection',
            fields=[
                ('id', models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('open', 'open'), ('accepted', 'accepted'), ('refused', 'refused'), ('superseded', 'superseded')], default='open', max_length=10)),
                ('created_at', models.DateTimeField(db_default=kernel.clock.DbNow())),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('dispute', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bidding_directions', to='disputes.dispute')),
                ('payer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='disputes.participant')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='disputes.participant')),
            ],
            options={
                'db_table': 'disputes_bidding_direction',
                'indexes': [models.Index(fields=['dispute', '-created_at'], name='direction_newest')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('dispute',), name='direction_one_open')],
            },
        ),
    ]

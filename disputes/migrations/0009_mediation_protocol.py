"""Understandings, permissions, candidates and rankings, bids, contract holds, and the clock of who waits for a human."""

import django.db.models.deletion
import kernel.clock
import kernel.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('disputes', '0008_reminder_indexes'),
        ('documents', '0002_published_never_changes'),
        ('esign', '0003_beat_jobs'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Bid',
            fields=[
                ('id', models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('amount_sealed', models.BinaryField()),
            ],
            options={
                'db_table': 'disputes_bid',
            },
        ),
        migrations.CreateModel(
            name='BiddingRound',
            fields=[
                ('id', models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('status', models.CharField(choices=[('open', 'open'), ('settled', 'settled'), ('closed', 'closed without a deal')], default='open', max_length=7)),
                ('currency', models.CharField(max_length=3)),
                ('amount', models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True)),
                ('created_at', models.DateTimeField(db_default=kernel.clock.DbNow())),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'db_table': 'disputes_bidding_round',
            },
        ),
        migrations.CreateModel(
            name='Candidate',
            fields=[
                ('id', models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('principle', models.CharField(choices=[('equal_split', 'meeting in the middle'), ('merits', 'weighed by what is shown'), ('interests', 'by what matters most to each'), ('creative', 'another way')], max_length=12)),
                ('summary', models.TextField(blank=True)),
                ('agreed_facts', models.JSONField(default=list)),
                ('disputed_facts', models.JSONField(default=list)),
                ('terms', models.JSONField(default=list)),
                ('reasoning', models.TextField(blank=True)),
                ('citations', models.JSONField(default=list)),
                ('recitals', models.JSONField(default=list)),
                ('model', models.CharField(blank=True, max_length=80)),
                ('prompt_version', models.CharField(blank=True, max_length=80)),
            ],
            options={
                'db_table': 'disputes_candidate',
            },
        ),
        migrations.CreateModel(
            name='ContractHold',
            fields=[
                ('id', models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('rule', models.CharField(max_length=80)),
                ('severity', models.CharField(choices=[('low', 'low'), ('medium', 'medium'), ('high', 'high')], default='high', max_length=6)),
                ('quote', models.TextField(blank=True)),
                ('suggestion', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(db_default=kernel.clock.DbNow())),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('lift_reason', models.TextField(blank=True)),
            ],
            options={
                'db_table': 'disputes_contract_hold',
            },
        ),
        migrations.CreateModel(
            name='MediatorReply',
            fields=[
                ('id', models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('model', models.CharField(blank=True, max_length=80)),
            ],
            options={
                'verbose_name_plural': 'mediator replies',
                'db_table': 'disputes_mediator_reply',
            },
        ),
        migrations.CreateModel(
            name='Ranking',
            fields=[
                ('id', models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('order_sealed', models.BinaryField()),
                ('created_at', models.DateTimeField(db_default=kernel.clock.DbNow())),
            ],
            options={
                'db_table': 'disputes_ranking',
            },
        ),
        migrations.CreateModel(
            name='Understanding',
            fields=[
                ('id', models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('pending', 'waiting for the party'), ('confirmed', 'confirmed'), ('corrected', 'corrected'), ('expired', 'not answered in time')], default='pending', max_length=9)),
                ('summary_sealed', models.BinaryField(null=True)),
                ('claim_form_sealed', models.BinaryField(null=True)),
                ('correction_sealed', models.BinaryField(null=True)),
                ('model', models.CharField(blank=True, max_length=80)),
                ('prompt_version', models.CharField(blank=True, max_length=80)),
                ('confirm_by', models.DateTimeField()),
                ('request_due_at', models.DateTimeField(blank=True, null=True)),
                ('requests', models.PositiveSmallIntegerField(default=1)),
                ('created_at', models.DateTimeField(db_default=kernel.clock.DbNow())),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'db_table': 'disputes_understanding',
            },
        ),
        migrations.AddField(
            model_name='contract',
            name='check_attempts',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='contract',
            name='check_due_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='contract',
            name='checked_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='dispute',
            name='human_due_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='dispute',
            name='human_reminded_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='permitted_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='resolution',
            name='kept_clause_ids',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='resolution',
            name='rank_by',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='resolution',
            name='rule',
            field=models.CharField(blank=True, choices=[('schulze', 'Schulze'), ('schulze_nash', 'Schulze, then the Nash product'), ('lot', 'by lot'), ('midpoint', 'double-blind bidding')], max_length=12),
        ),
        migrations.AddConstraint(
            model_name='resolution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'ranking'), _negated=True), ('rank_by__isnull', False), _connector='OR'), name='resolution_ranking_has_deadline'),
        ),
        migrations.AddField(
            model_name='bid',
            name='participant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='disputes.participant'),
        ),
        migrations.AddField(
            model_name='biddinground',
            name='dispute',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bidding_rounds', to='disputes.dispute'),
        ),
        migrations.AddField(
            model_name='biddinground',
            name='resolution',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='disputes.resolution'),
        ),
        migrations.AddField(
            model_name='bid',
            name='bidding',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bids', to='disputes.biddinground'),
        ),
        migrations.AddField(
            model_name='candidate',
            name='resolution',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='candidates', to='disputes.resolution'),
        ),
        migrations.AddField(
            model_name='contracthold',
            name='contract',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holds', to='disputes.contract'),
        ),
        migrations.AddField(
            model_name='contracthold',
            name='lifted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='mediatorreply',
            name='in_reply_to',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='disputes.message'),
        ),
        migrations.AddField(
            model_name='mediatorreply',
            name='message',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='disputes.message'),
        ),
        migrations.AddField(
            model_name='ranking',
            name='participant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='disputes.participant'),
        ),
        migrations.AddField(
            model_name='ranking',
            name='resolution',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rankings', to='disputes.resolution'),
        ),
        migrations.AddField(
            model_name='understanding',
            name='dispute',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='understandings', to='disputes.dispute'),
        ),
        migrations.AddField(
            model_name='understanding',
            name='participant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='understandings', to='disputes.participant'),
        ),
        migrations.AddConstraint(
            model_name='biddinground',
            constraint=models.UniqueConstraint(fields=('dispute', 'number'), name='bidding_one_per_number'),
        ),
        migrations.AddConstraint(
            model_name='biddinground',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('dispute',), name='bidding_one_open'),
        ),
        migrations.AddConstraint(
            model_name='biddinground',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__isnull', False), ('resolution__isnull', False), ('status', 'settled')), models.Q(models.Q(('status', 'settled'), _negated=True), ('amount', None), ('resolution', None)), _connector='OR'), name='bidding_only_a_settled_sum_is_kept'),
        ),
        migrations.AddConstraint(
            model_name='bid',
            constraint=models.UniqueConstraint(fields=('bidding', 'participant'), name='bid_one_per_party'),
        ),
        migrations.AddConstraint(
            model_name='candidate',
            constraint=models.UniqueConstraint(fields=('resolution', 'number'), name='candidate_one_per_number'),
        ),
        migrations.AddIndex(
            model_name='contracthold',
            index=models.Index(condition=models.Q(('lifted_at', None)), fields=['contract'], name='hold_open'),
        ),
        migrations.AddConstraint(
            model_name='contracthold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lift_reason', ''), ('lifted_at', None), ('lifted_by', None)), models.Q(('lifted_at__isnull', False), ('lifted_by__isnull', False), models.Q(('lift_reason', ''), _negated=True)), _connector='OR'), name='hold_lifted_by_somebody_who_says_why'),
        ),
        migrations.AddConstraint(
            model_name='ranking',
            constraint=models.UniqueConstraint(fields=('resolution', 'participant'), name='ranking_one_per_party'),
        ),
        migrations.AddIndex(
            model_name='understanding',
            index=models.Index(fields=['dispute', 'participant', '-created_at'], name='understanding_of_party'),
        ),
        migrations.AddIndex(
            model_name='understanding',
            index=models.Index(condition=models.Q(('status', 'pending')), fields=['confirm_by'], name='understanding_due'),
        ),
        migrations.AddIndex(
            model_name='understanding',
            index=models.Index(condition=models.Q(('request_due_at__isnull', False)), fields=['request_due_at'], name='understanding_request_due'),
        ),
        migrations.AddConstraint(
            model_name='understanding',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'pending')), fields=('participant',), name='understanding_one_pending'),
        ),
        migrations.AddConstraint(
            model_name='understanding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('correction_sealed', None), ('status__in', ['pending', 'expired'])), models.Q(('answered_at__isnull', False), ('correction_sealed', None), ('status', 'confirmed'), ('summary_sealed__isnull', False)), models.Q(('answered_at__isnull', False), ('correction_sealed__isnull', False), ('status', 'corrected')), _connector='OR'), name='understanding_answer_fits_status'),
        ),
        # Who waits already was promised nothing: for them the clock begins now.
        migrations.RunSQL(
            "UPDATE disputes_dispute SET human_due_at = kernel_now() + interval '24 hours'"
            " WHERE escalated_at IS NOT NULL AND status NOT IN ('lapsed', 'withdrawn', 'executed', 'closed')",
            migrations.RunSQL.noop,
        ),
    ]

import django.db.models.deletion
import kernel.clock
import kernel.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('kernel', '0001_clock'),  # kernel_now()
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Mail',
            fields=[
                ('id', models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('participant_id', models.UUIDField(null=True, verbose_name='invited participant')),
                ('kind', models.CharField(choices=[('verify_email', 'Confirm your address'), ('address_known', 'Address already registered'), ('password_reset', 'New password asked for'), ('password_changed', 'Password changed'), ('invitation', 'Invitation'), ('party_joined', 'Party joined'), ('party_declined', 'Party declined'), ('invitation_lapsed', 'Invitation lapsed'), ('state_truth', 'State your side'), ('deadline_proposed', 'Deadline proposed'), ('deadline_moved', 'Deadline moved'), ('truths_disclosed', 'Statements are open'), ('resolution_failed', 'No proposal could be drafted'), ('proposal_ready', 'Proposal ready'), ('round_failed', 'Round without agreement'), ('agreed', 'Everybody accepted'), ('escalated', 'Waiting for a human mediator'), ('arbitration_started', 'Arbitration started'), ('decision_given', 'Decision given'), ('lawyer_assigned', 'Case assigned'), ('contract_review', 'Contract to review'), ('please_sign', 'Please sign'), ('contract_voided', 'Contract voided'), ('executed', 'Fully executed'), ('withdrawn', 'Case withdrawn'), ('lapsed', 'Case lapsed'), ('closed', 'Case closed')], max_length=24, verbose_name='kind')),
                ('key', models.CharField(editable=False, max_length=64)),
                ('dispute_id', models.UUIDField(null=True, verbose_name='dispute')),
                ('subject_id', models.UUIDField(null=True, verbose_name='subject')),
                ('status', models.CharField(choices=[('queued', 'Queued'), ('sent', 'Sent'), ('skipped', 'Not needed any more'), ('failed', 'Refused'), ('dead', 'Given up')], default='queued', max_length=8, verbose_name='state')),
                ('locale', models.CharField(blank=True, max_length=5, verbose_name='language')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('message_id', models.CharField(max_length=160, verbose_name='Message-ID')),
                ('last_error', models.CharField(blank=True, max_length=200, verbose_name='last error')),
                ('history', models.JSONField(default=list, verbose_name='history')),
                ('created_at', models.DateTimeField(db_default=kernel.clock.DbNow(), verbose_name='created at')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished at')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'e-mail',
                'verbose_name_plural': 'e-mails',
                'db_table': 'notifications_mail',
                'indexes': [models.Index(fields=['-created_at', '-id'], name='mail_newest_first'), models.Index(condition=models.Q(('status__in', ['queued', 'failed', 'dead'])), fields=['created_at'], name='mail_not_sent')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('user__isnull', False)), fields=('kind', 'key', 'user'), name='mail_once_per_person'), models.UniqueConstraint(condition=models.Q(('user', None)), fields=('kind', 'key', 'participant_id'), name='mail_once_per_participant'), models.CheckConstraint(condition=models.Q(models.Q(('participant_id__isnull', False), ('user', None)), models.Q(('participant_id', None), ('user__isnull', False)), _connector='OR'), name='mail_has_one_recipient'), models.CheckConstraint(condition=models.Q(('kind__in', ['verify_email', 'address_known', 'password_reset', 'password_changed', 'invitation', 'party_joined', 'party_declined', 'invitation_lapsed', 'state_truth', 'deadline_proposed', 'deadline_moved', 'truths_disclosed', 'resolution_failed', 'proposal_ready', 'round_failed', 'agreed', 'escalated', 'arbitration_started', 'decision_given', 'lawyer_assigned', 'contract_review', 'please_sign', 'contract_voided', 'executed', 'withdrawn', 'lapsed', 'closed'])), name='mail_kind_known'), models.CheckConstraint(condition=models.Q(('status__in', ['queued', 'sent', 'skipped', 'failed', 'dead'])), name='mail_status_known'), models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('status', 'queued')), models.Q(models.Q(('status', 'queued'), _negated=True), ('finished_at__isnull', False)), _connector='OR'), name='mail_finished_has_time')],
            },
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('verify_email', 'Confirm your address'), ('address_known', 'Address already registered'), ('password_reset', 'New password asked for'), ('password_changed', 'Password changed'), ('invitation', 'Invitation'), ('party_joined', 'Party joined'), ('party_declined', 'Party declined'), ('invitation_lapsed', 'Invitation lapsed'), ('state_truth', 'State your side'), ('deadline_proposed', 'Deadline proposed'), ('deadline_moved', 'Deadline moved'), ('truths_disclosed', 'Statements are open'), ('resolution_failed', 'No proposal could be drafted'), ('proposal_ready', 'Proposal ready'), ('round_failed', 'Round without agreement'), ('agreed', 'Everybody accepted'), ('escalated', 'Waiting for a human mediator'), ('arbitration_started', 'Arbitration started'), ('decision_given', 'Decision given'), ('lawyer_assigned', 'Case assigned'), ('contract_review', 'Contract to review'), ('please_sign', 'Please sign'), ('contract_voided', 'Contract voided'), ('executed', 'Fully executed'), ('withdrawn', 'Case withdrawn'), ('lapsed', 'Case lapsed'), ('closed', 'Case closed')], max_length=24, verbose_name='kind')),
                ('key', models.CharField(editable=False, max_length=64)),
                ('dispute_id', models.UUIDField(null=True, verbose_name='dispute')),
                ('subject_id', models.UUIDField(null=True, verbose_name='subject')),
                ('params', models.JSONField(default=dict)),
                ('path', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(db_default=kernel.clock.DbNow(), verbose_name='created at')),
                ('read_at', models.DateTimeField(null=True, verbose_name='read at')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'notification',
                'verbose_name_plural': 'notifications',
                'db_table': 'notifications_notification',
                'indexes': [models.Index(fields=['user', '-created_at', '-id'], name='notification_newest_first'), models.Index(condition=models.Q(('read_at', None)), fields=['user', '-created_at', '-id'], name='notification_unread')],
                'constraints': [models.UniqueConstraint(fields=('user', 'kind', 'key'), name='notification_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['verify_email', 'address_known', 'password_reset', 'password_changed', 'invitation', 'party_joined', 'party_declined', 'invitation_lapsed', 'state_truth', 'deadline_proposed', 'deadline_moved', 'truths_disclosed', 'resolution_failed', 'proposal_ready', 'round_failed', 'agreed', 'escalated', 'arbitration_started', 'decision_given', 'lawyer_assigned', 'contract_review', 'please_sign', 'contract_voided', 'executed', 'withdrawn', 'lapsed', 'closed'])), name='notification_kind_known')],
            },
        ),
    ]

"""What the mediation protocol tells: a summary to confirm, candidates to rank, bids that did not meet, a person awaited too long."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0002_door_and_reminder_kinds'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='mail',
            name='mail_kind_known',
        ),
        migrations.RemoveConstraint(
            model_name='notification',
            name='notification_kind_known',
        ),
        migrations.AlterField(
            model_name='mail',
            name='kind',
            field=models.CharField(choices=[('verify_email', 'Confirm your address'), ('address_known', 'Address already registered'), ('password_reset', 'New password asked for'), ('password_changed', 'Password changed'), ('return_link', 'Fresh link asked for'), ('invitation', 'Invitation'), ('invitation_reminder', 'Reminder to answer an invitation'), ('invited_date_moved', 'More time to answer'), ('invited_date_refused', 'No more time to answer'), ('party_joined', 'Party joined'), ('party_declined', 'Party declined'), ('invitation_lapsed', 'Invitation lapsed'), ('state_truth', 'State your side'), ('deadline_proposed', 'Deadline proposed'), ('deadline_moved', 'Deadline moved'), ('deadline_refused', 'Deadline refused'), ('more_time_asked', 'More time asked for'), ('wrong_person', 'Wrong person invited'), ('remind_statement', 'Reminder to state your side'), ('remind_consent', 'Reminder to consent to arbitration'), ('remind_signature', 'Reminder to sign'), ('truths_disclosed', 'Statements are open'), ('understanding_ready', 'Your position summed up'), ('please_rank', 'Proposals to rank'), ('bidding_closed', 'Bidding without a deal'), ('human_overdue', 'A person is awaited too long'), ('resolution_failed', 'No proposal could be drafted'), ('proposal_ready', 'Proposal ready'), ('round_failed', 'Round without agreement'), ('agreed', 'Everybody accepted'), ('escalated', 'Waiting for a human mediator'), ('arbitration_started', 'Arbitration started'), ('decision_given', 'Decision given'), ('lawyer_assigned', 'Case assigned'), ('contract_review', 'Contract to review'), ('please_sign', 'Please sign'), ('contract_voided', 'Contract voided'), ('executed', 'Fully executed'), ('withdrawn', 'Case withdrawn'), ('lapsed', 'Case lapsed'), ('closed', 'Case closed')], max_length=24, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='kind',
            field=models.CharField(choices=[('verify_email', 'Confirm your address'), ('address_known', 'Address already registered'), ('password_reset', 'New password asked for'), ('password_changed', 'Password changed'), ('return_link', 'Fresh link asked for'), ('invitation', 'Invitation'), ('invitation_reminder', 'Reminder to answer an invitation'), ('invited_date_moved', 'More time to answer'), ('invited_date_refused', 'No more time to answer'), ('party_joined', 'Party joined'), ('party_declined', 'Party declined'), ('invitation_lapsed', 'Invitation lapsed'), ('state_truth', 'State your side'), ('deadline_proposed', 'Deadline proposed'), ('deadline_moved', 'Deadline moved'), ('deadline_refused', 'Deadline refused'), ('more_time_asked', 'More time asked for'), ('wrong_person', 'Wrong person invited'), ('remind_statement', 'Reminder to state your side'), ('remind_consent', 'Reminder to consent to arbitration'), ('remind_signature', 'Reminder to sign'), ('truths_disclosed', 'Statements are open'), ('understanding_ready', 'Your position summed up'), ('please_rank', 'Proposals to rank'), ('bidding_closed', 'Bidding without a deal'), ('human_overdue', 'A person is awaited too long'), ('resolution_failed', 'No proposal could be drafted'), ('proposal_ready', 'Proposal ready'), ('round_failed', 'Round without agreement'), ('agreed', 'Everybody accepted'), ('escalated', 'Waiting for a human mediator'), ('arbitration_started', 'Arbitration started'), ('decision_given', 'Decision given'), ('lawyer_assigned', 'Case assigned'), ('contract_review', 'Contract to review'), ('please_sign', 'Please sign'), ('contract_voided', 'Contract voided'), ('executed', 'Fully executed'), ('withdrawn', 'Case withdrawn'), ('lapsed', 'Case lapsed'), ('closed', 'Case closed')], max_length=24, verbose_name='kind'),
        ),
        migrations.AddConstraint(
            model_name='mail',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['verify_email', 'address_known', 'password_reset', 'password_changed', 'return_link', 'invitation', 'invitation_reminder', 'invited_date_moved', 'invited_date_refused', 'party_joined', 'party_declined', 'invitation_lapsed', 'state_truth', 'deadline_proposed', 'deadline_moved', 'deadline_refused', 'more_time_asked', 'wrong_person', 'remind_statement', 'remind_consent', 'remind_signature', 'truths_disclosed', 'understanding_ready', 'please_rank', 'bidding_closed', 'human_overdue', 'resolution_failed', 'proposal_ready', 'round_failed', 'agreed', 'escalated', 'arbitration_started', 'decision_given', 'lawyer_assigned', 'contract_review', 'please_sign', 'contract_voided', 'executed', 'withdrawn', 'lapsed', 'closed'])), name='mail_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['verify_email', 'address_known', 'password_reset', 'password_changed', 'return_link', 'invitation', 'invitation_reminder', 'invited_date_moved', 'invited_date_refused', 'party_joined', 'party_declined', 'invitation_lapsed', 'state_truth', 'deadline_proposed', 'deadline_moved', 'deadline_refused', 'more_time_asked', 'wrong_person', 'remind_statement', 'remind_consent', 'remind_signature', 'truths_disclosed', 'understanding_ready', 'please_rank', 'bidding_closed', 'human_overdue', 'resolution_failed', 'proposal_ready', 'round_failed', 'agreed', 'escalated', 'arbitration_started', 'decision_given', 'lawyer_assigned', 'contract_review', 'please_sign', 'contract_voided', 'executed', 'withdrawn', 'lapsed', 'closed'])), name='notification_kind_known'),
        ),
    ]

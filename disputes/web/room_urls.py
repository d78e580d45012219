"""Addresses within one case: its page, its parts, and an address for each act."""

from django.urls import path

from disputes.web import mediation_acts as mediation
from disputes.web import neutral_acts as neutral
from disputes.web import room_acts as acts
from disputes.web.room_views import (
    case_page,
    contract_document,
    evidence_preview,
    evidence_thumbnail,
    room_part,
    room_source,
)

ONE = "disputes/<uuid:dispute_id>/"
PROPOSAL = f"{ONE}proposals/<uuid:resolution_id>/"
urlpatterns = [
    path(ONE, case_page, name="case"),
    path(f"{ONE}parts/<slug:name>/", room_part, name="part"),
    path(f"{ONE}statements/", acts.state, name="state"),
    path(f"{ONE}evidence/", acts.add_evidence, name="add-evidence"),
    path(f"{ONE}evidence/<uuid:evidence_id>/withdraw/", acts.withdraw_piece, name="withdraw-evidence"),
    path(f"{ONE}evidence/<uuid:evidence_id>/thumbnail/", evidence_thumbnail, name="thumbnail"),
    path(f"{ONE}evidence/<uuid:evidence_id>/preview/", evidence_preview, name="preview"),
    path(f"{ONE}messages/", acts.post_message, name="post-message"),
    path(f"{ONE}resolve/", acts.resolve, name="resolve"),
    path(f"{PROPOSAL}accept/", acts.accept, name="accept"),
    path(f"{PROPOSAL}reject/", acts.reject, name="reject"),
    path(f"{PROPOSAL}counter/", acts.counter, name="counter"),
    path(f"{PROPOSAL}sources/<slug:number>/", room_source, name="source"),
    path(f"{ONE}understanding/confirm/", mediation.confirm_understanding, name="confirm-understanding"),
    path(f"{ONE}understanding/correct/", mediation.correct_understanding, name="correct-understanding"),
    path(f"{PROPOSAL}rank/", mediation.rank, name="rank"),
    path(f"{ONE}bid/", mediation.bid, name="bid"),
    path(f"{ONE}bid/payer/", mediation.suggest_payer, name="suggest-payer"),
    path(f"{ONE}bid/payer/agree/", mediation.agree_on_payer, name="agree-on-payer"),
    path(f"{ONE}bid/payer/refuse/", mediation.refuse_payer, name="refuse-payer"),
    path(f"{ONE}messages/<uuid:message_id>/permit/", mediation.permit, name="permit"),
    path(f"{ONE}messages/<uuid:message_id>/take-back/", mediation.take_back, name="take-permission-back"),
    path(f"{ONE}propose/", neutral.propose, name="propose"),
    path(f"{ONE}award/draft/", neutral.ask_for_draft, name="draft-award"),
    path(f"{ONE}award/", neutral.decide, name="decide"),
    path(f"{ONE}escalate/", acts.escalate, name="escalate"),
    path(f"{ONE}arbitration-consent/", acts.consent, name="consent"),
    path(f"{ONE}arbitration-consent/revoke/", acts.revoke_consent, name="revoke-consent"),
    path(f"{ONE}end/", acts.end, name="end"),
    path(f"{ONE}end/take-back/", acts.take_back_end, name="take-back-end"),
    path(f"{ONE}withdraw/", acts.withdraw, name="withdraw"),
    path(f"{ONE}start/", acts.start, name="start-case"),
    path(f"{ONE}invite/", acts.invite, name="invite"),
    path(f"{ONE}contract/document/", contract_document, name="contract-document"),
    path(f"{ONE}contract/sign/", acts.sign, name="sign"),
    path(f"{ONE}contract/decline/", acts.decline_signing, name="decline-contract"),
]

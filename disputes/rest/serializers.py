"""What the disputes API takes and gives, one serializer per action."""

import re
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.public import Locale
from disputes.enums import (
    AwardDraftStatus,
    BiddingStatus,
    CandidatePrinciple,
    ContractStatus,
    Decision,
    DisputeStatus,
    Mode,
    Outcome,
    Part,
    ParticipantStatus,
    ProposalStatus,
    Protocol,
    ResolutionStatus,
    SenderType,
    Severity,
    Side,
    Stance,
    TermKind,
    UnderstandingDecision,
    UnderstandingStatus,
)
from disputes.models.record import MESSAGE_LENGTH
from disputes.selectors.replies import MAX_TEXT
from kernel.rest.fields import EmailField, MoneyField, StrictBooleanField, TextField


@extend_schema_field({"type": "string", "example": "2026-03-31", "description": "A day, or a moment (RFC 3339)"})
class DeadlineField(serializers.Field):  # type: ignore[type-arg]
    """A day (it ends at 23:59:59 in the dispute's time zone) or an aware moment."""

    default_error_messages = {"invalid": __("Give a day such as 2026-03-31, or a moment with its offset (RFC 3339).")}

    def to_internal_value(self, data: Any) -> date | datetime:
        if not isinstance(data, str) or len(data) > 40:
            self.fail("invalid")
        try:
            value: date | datetime | None = parse_date(data) if len(data) <= 10 else parse_datetime(data)
        except ValueError:
            value = None
        if value is None or (isinstance(value, datetime) and value.tzinfo is None) or not 2000 <= value.year <= 2200:
            self.fail("invalid")
        return value

    def to_representation(self, value: Any) -> Any:
        return value


class InviteeSerializer(serializers.Serializer[Any]):
    email = EmailField()
    full_name = TextField(max_length=200, required=False, allow_blank=True, default="")
    side = serializers.ChoiceField(choices=[Side.RESPONDENT, Side.CLAIMANT], default=Side.RESPONDENT)
    locale = serializers.ChoiceField(choices=Locale.choices, required=False, allow_blank=True, default="")


class FileDisputeSerializer(serializers.Serializer[Any]):
    title = TextField(max_length=200)
    description = TextField(max_length=20_000, multiline=True)
    category = TextField(max_length=60, required=False, allow_blank=True, default="")
    amount = MoneyField(required=False, allow_null=True, default=None)
    locale = serializers.ChoiceField(choices=Locale.choices, required=False, allow_blank=True, default="")
    protocol = serializers.ChoiceField(choices=Protocol.choices, required=False, allow_blank=True, default="")
    requires_contract = StrictBooleanField(required=False, default=True)
    respondents = serializers.ListField(child=InviteeSerializer(), allow_empty=False, max_length=19)
    respond_by = DeadlineField(required=False, allow_null=True, default=None)


class ParticipantSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    user_id = serializers.UUIDField(allow_null=True)
    full_name = serializers.CharField()
    side = serializers.ChoiceField(choices=Side.choices)
    part = serializers.ChoiceField(
        choices=Part.choices, allow_null=True, help_text="What a neutral is: mediator or arbitrator."
    )
    status = serializers.ChoiceField(choices=ParticipantStatus.choices)
    has_stated = serializers.BooleanField()
    has_asked_to_end = serializers.BooleanField()
    is_address_wrong = serializers.BooleanField(
        help_text="Who reads the invited address said that it is not this person; invite the right address."
    )
    is_me = serializers.BooleanField()


class DisputeSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField()
    category = serializers.CharField()
    amount = MoneyField(allow_null=True)
    requires_contract = serializers.BooleanField()
    protocol = serializers.ChoiceField(choices=Protocol.choices)
    locale = serializers.CharField()
    timezone = serializers.CharField()
    status = serializers.ChoiceField(choices=DisputeStatus.choices)
    outcome = serializers.ChoiceField(choices=Outcome.choices, allow_null=True)
    respond_by = serializers.DateTimeField()
    statement_deadline = serializers.DateTimeField(allow_null=True)
    consent_deadline = serializers.DateTimeField(
        allow_null=True,
        help_text="Runs once the rounds are used up: without everybody's consent to arbitration the case is closed then.",
    )
    is_escalated = serializers.BooleanField()
    human_due_at = serializers.DateTimeField(
        allow_null=True, help_text="By when a person answers, while the case waits for one."
    )
    participants = ParticipantSerializer(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    allowed_actions = serializers.ListField(child=serializers.CharField())


class DisputeBriefSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    status = serializers.ChoiceField(choices=DisputeStatus.choices)
    allowed_actions = serializers.ListField(child=serializers.CharField())


class ReasonSerializer(serializers.Serializer[Any]):
    reason = TextField(max_length=2000, multiline=True, required=False, allow_blank=True, default="")


class EmptySerializer(serializers.Serializer[Any]):
    pass


class DoorAnswerSerializer(serializers.Serializer[Any]):
    """One's side, given while joining. It becomes one's statement when statements are open; until then nobody reads it."""

    stance = serializers.ChoiceField(choices=Stance.choices)
    text = TextField(max_length=MAX_TEXT, multiline=True, required=False, allow_blank=True, default="")
    amount = MoneyField(required=False, allow_null=True, default=None)


class JoinSerializer(serializers.Serializer[Any]):
    invite_token = serializers.CharField(max_length=200)
    answer = DoorAnswerSerializer(required=False, allow_null=True, default=None)


class AcceptInvitationSerializer(serializers.Serializer[Any]):
    full_name = TextField(max_length=200)
    timezone = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    answer = DoorAnswerSerializer(required=False, allow_null=True, default=None)


class MoreTimeSerializer(serializers.Serializer[Any]):
    date = DeadlineField()
    reason = TextField(max_length=500, required=False, allow_blank=True, default="")


class WishSerializer(serializers.Serializer[Any]):
    """Another date that the invited person asked for."""

    date = serializers.DateTimeField()
    status = serializers.ChoiceField(choices=ProposalStatus.choices)
    reason = serializers.CharField()
    refusal = serializers.CharField()


class FreshLinkSerializer(serializers.Serializer[Any]):
    email = EmailField()


class AcceptedInvitationSerializer(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()
    dispute_id = serializers.UUIDField()


class InvitationSerializer(serializers.Serializer[Any]):
    """What an invited person may know before joining."""

    title = serializers.CharField()
    description = serializers.CharField()
    category = serializers.CharField()
    amount = MoneyField(allow_null=True)
    locale = serializers.CharField()
    invited_by = serializers.CharField()
    full_name = serializers.CharField()
    side = serializers.ChoiceField(choices=Side.choices)
    expires_at = serializers.DateTimeField()
    ai_mediation = serializers.BooleanField()
    can_ask_more_time = serializers.BooleanField()
    more_time = WishSerializer(allow_null=True)


class DeadlineSerializer(serializers.Serializer[Any]):
    date = DeadlineField()
    reason = TextField(max_length=500, required=False, allow_blank=True, default="")


class RefuseDeadlineSerializer(serializers.Serializer[Any]):
    reason = TextField(max_length=500, required=False, allow_blank=True, default="")


class DeadlineProposalSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    date = serializers.DateTimeField()
    status = serializers.ChoiceField(choices=ProposalStatus.choices)
    proposed_by = serializers.UUIDField(allow_null=True)
    reason = serializers.CharField()
    refusal = serializers.CharField()


class AssignSerializer(serializers.Serializer[Any]):
    lawyer_id = serializers.UUIDField()
    part = serializers.ChoiceField(choices=Part.choices, default=Part.COUNSEL)


class AssignmentSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    lawyer_id = serializers.UUIDField()
    full_name = serializers.CharField()
    part = serializers.ChoiceField(choices=Part.choices)
    created_at = serializers.DateTimeField()


class SubmitTruthSerializer(serializers.Serializer[Any]):
    content = TextField(max_length=50_000, multiline=True)


class TruthSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    participant_id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    content = serializers.CharField()
    is_addendum = serializers.BooleanField()
    late = serializers.BooleanField()
    submitted_at = serializers.DateTimeField()
    stance = serializers.ChoiceField(choices=Stance.choices, allow_null=True)
    amount = MoneyField(allow_null=True)


class EvidenceUploadSerializer(serializers.Serializer[Any]):
    """Either `file` (multipart) or `text` (JSON)."""

    file = serializers.FileField(required=False, allow_empty_file=True, max_length=255)
    text = TextField(max_length=100_000, multiline=True, required=False)
    description = TextField(max_length=500, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("file" in attrs) == ("text" in attrs):
            raise serializers.ValidationError(
                {"file": _("Send either a file (multipart) or a text (JSON).")}, code="required"
            )
        return attrs


class EvidenceSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    participant_id = serializers.UUIDField()
    uploaded_by = serializers.UUIDField()
    file_name = serializers.CharField()
    file_type = serializers.CharField()
    file_size = serializers.IntegerField()
    sha256 = serializers.CharField()
    scan_status = serializers.CharField()
    description = serializers.CharField()
    uploaded_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class PostMessageSerializer(serializers.Serializer[Any]):
    content = TextField(max_length=MESSAGE_LENGTH, multiline=True)
    is_private = StrictBooleanField(required=False, default=False)
    recipient_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    client_id = TextField(max_length=64, required=False, allow_null=True, default=None)
    ask_mediator = StrictBooleanField(required=False, default=False)


class MessageSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    stream = serializers.UUIDField()
    seq = serializers.IntegerField()
    sender_type = serializers.ChoiceField(choices=SenderType.choices)
    sender_id = serializers.UUIDField(allow_null=True)
    is_private = serializers.BooleanField()
    recipient_id = serializers.UUIDField(allow_null=True)
    content = serializers.CharField()
    created_at = serializers.DateTimeField()
    may_use = serializers.BooleanField(
        required=False,
        help_text="Only with a party's own lines in its caucus: whether the mediator may let this line shape proposals.",
    )
    client_id = serializers.CharField(required=False, allow_null=True)


class MessagePageSerializer(serializers.Serializer[Any]):
    results = MessageSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    cursor = serializers.CharField()


class ResolveSerializer(serializers.Serializer[Any]):
    mode = serializers.ChoiceField(choices=Mode.choices, required=False)


class InstalmentSerializer(serializers.Serializer[Any]):
    amount = MoneyField()
    due_date = serializers.DateField()


class TermSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(required=False)
    kind = serializers.ChoiceField(choices=TermKind.choices)
    debtor_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    creditor_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    amount = MoneyField(required=False, allow_null=True, default=None)
    due_date = serializers.DateField(required=False, allow_null=True, default=None)
    condition = TextField(max_length=4000, multiline=True, required=False, allow_blank=True, default="")
    text = TextField(max_length=4000, multiline=True, required=False, allow_blank=True, default="")
    instalments = serializers.ListField(child=InstalmentSerializer(), required=False, default=list, max_length=60)


class EqualInstalmentsSerializer(serializers.Serializer[Any]):
    instalments = serializers.IntegerField(min_value=1, max_value=60)
    comment = TextField(max_length=4000, multiline=True, required=False, allow_blank=True, default="")


@extend_schema_field(
    {
        "oneOf": [
            {"type": "array", "items": {"$ref": "#/components/schemas/TermRequest"}, "minItems": 1, "maxItems": 50},
            {
                "type": "object",
                "required": ["instalments"],
                "properties": {"instalments": {"type": "integer", "minimum": 1, "maximum": 60}},
            },
        ]
    }
)
class CounterTermsField(serializers.Field):  # type: ignore[type-arg]
    """A counter's terms: the whole list, or `{"instalments": n}` alone for the same sum in n parts."""

    default_error_messages = {"invalid": __('Send the list of all terms, or {"instalments": n} alone.')}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list):
            terms = serializers.ListField(child=TermSerializer(), allow_empty=False, max_length=50)
            return terms.run_validation(data)
        if isinstance(data, dict) and set(data) <= {"instalments", "comment"}:
            equal = EqualInstalmentsSerializer(data=data)
            equal.is_valid(raise_exception=True)
            return dict(equal.validated_data)
        # not `fail`: it formats the message, whose braces are meant
        raise serializers.ValidationError(self.error_messages["invalid"], code="invalid")

    def to_representation(self, value: Any) -> Any:
        return value


class RespondSerializer(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(choices=Decision.choices)
    comment = TextField(max_length=4000, multiline=True, required=False, allow_blank=True, default="")
    terms = CounterTermsField(required=False, allow_null=True, default=None)
    instalments = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=60)


class CitationSerializer(serializers.Serializer[Any]):
    claim = serializers.CharField()
    source = serializers.ChoiceField(choices=["truth", "evidence", "message"])  # type: ignore[assignment]  # a field called like an attribute of Field
    source_id = serializers.UUIDField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    quote = serializers.CharField()


class ResponseSerializer(serializers.Serializer[Any]):
    user_id = serializers.UUIDField()
    decision = serializers.ChoiceField(choices=Decision.choices)
    comment = serializers.CharField()
    terms = TermSerializer(many=True, allow_null=True)
    instalments = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()


class CandidateSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    principle = serializers.ChoiceField(choices=CandidatePrinciple.choices)
    summary = serializers.CharField()
    agreed_facts = serializers.ListField(child=serializers.CharField())
    disputed_facts = serializers.ListField(child=serializers.CharField())
    terms = TermSerializer(many=True)
    reasoning = serializers.CharField()
    citations = CitationSerializer(many=True)


class ResolutionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    round = serializers.IntegerField()
    mode = serializers.ChoiceField(choices=Mode.choices)
    status = serializers.ChoiceField(choices=ResolutionStatus.choices)
    summary = serializers.CharField()
    agreed_facts = serializers.ListField(child=serializers.CharField())
    disputed_facts = serializers.ListField(child=serializers.CharField())
    terms = TermSerializer(many=True)
    reasoning = serializers.CharField()
    citations = CitationSerializer(many=True)
    candidates = CandidateSerializer(
        many=True,
        help_text="With the mediation protocol: what the parties rank, in an order of its own for each reader.",
    )
    rank_by = serializers.DateTimeField(allow_null=True)
    my_ranking = serializers.ListField(
        child=serializers.UUIDField(),
        allow_null=True,
        help_text="The caller's own order, best first. Nobody else's is shown.",
    )
    rule = serializers.CharField(
        help_text="How the proposal was chosen among candidates, or settled by bids, in words."
    )
    kept_clause_ids = serializers.ListField(
        child=serializers.UUIDField(),
        help_text="Terms that every party agreed to, once the round has ended without an agreement.",
    )
    responses = ResponseSerializer(many=True)
    model = serializers.CharField()
    prompt_version = serializers.CharField()
    created_at = serializers.DateTimeField()
    progress = serializers.IntegerField(help_text="0..100 while drafting")
    allowed_actions = serializers.ListField(child=serializers.CharField())


class ProposeSerializer(serializers.Serializer[Any]):
    """A proposal in the appointed mediator's own words."""

    summary = TextField(max_length=4000, multiline=True)
    terms = serializers.ListField(child=TermSerializer(), allow_empty=False, max_length=50)
    reasoning = TextField(max_length=20_000, multiline=True)


class DecisionSerializer(serializers.Serializer[Any]):
    terms = serializers.ListField(child=TermSerializer(), allow_empty=False, max_length=50)
    reasoning = TextField(max_length=20_000, multiline=True)
    draft_id = serializers.UUIDField(
        required=False,
        allow_null=True,
        default=None,
        help_text="The arbitrator's own draft it was written from: the award then names the model that drafted it.",
    )
    keep_sources = StrictBooleanField(
        required=False,
        default=True,
        help_text="With `draft_id`: whether the award carries the draft's facts and citations.",
    )


class AwardDraftSerializer(serializers.Serializer[Any]):
    """The arbitrator's own; without words until it is `ready`."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=AwardDraftStatus.choices)
    summary = serializers.CharField()
    agreed_facts = serializers.ListField(child=serializers.CharField())
    disputed_facts = serializers.ListField(child=serializers.CharField())
    terms = TermSerializer(many=True)
    reasoning = serializers.CharField()
    citations = CitationSerializer(many=True)
    model = serializers.CharField()
    prompt_version = serializers.CharField()
    created_at = serializers.DateTimeField()


class UnderstandingSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=UnderstandingStatus.choices)
    summary = serializers.CharField(help_text="Empty until the mediator has given it.")
    confirm_by = serializers.DateTimeField()
    correction = serializers.CharField()
    allowed_actions = serializers.ListField(child=serializers.CharField())


class AnswerUnderstandingSerializer(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(choices=UnderstandingDecision.choices)
    correction = TextField(
        max_length=4000,
        multiline=True,
        required=False,
        allow_blank=True,
        default="",
        help_text="Needed with `correct`. It permits the mediator to use these words for proposals, without quoting them.",
    )


class RankSerializer(serializers.Serializer[Any]):
    order = serializers.ListField(
        child=serializers.UUIDField(),
        allow_empty=False,
        max_length=12,
        help_text="Every candidate of the round exactly once, best first.",
    )


@extend_schema_field(
    {
        "oneOf": [
            {
                "type": "object",
                "required": ["amount", "currency"],
                "properties": {
                    "amount": {"type": "string", "example": "900.00"},
                    "currency": {"type": "string", "minLength": 3, "maxLength": 3, "example": "EUR"},
                },
            },
            {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$", "example": "900.00"},
        ]
    }
)
class BidAmountField(serializers.Field):  # type: ignore[type-arg]
    """Money, or the bare sum: the currency is the case's."""

    default_error_messages = {
        "invalid": __('Send {"amount": "900.00", "currency": "EUR"}, or "900.00" in the case\'s currency.')
    }

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            return MoneyField().run_validation(data)
        if not isinstance(data, str) or len(data) > 24 or not re.fullmatch(r"[0-9]+(\.[0-9]+)?", data, re.ASCII):
            # not `fail`: it formats the message, whose braces are meant
            raise serializers.ValidationError(self.error_messages["invalid"], code="invalid")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class BidSerializer(serializers.Serializer[Any]):
    amount = BidAmountField()
    payer_id = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="Whom the bidder takes for the payer; optional."
    )


class DirectionSerializer(serializers.Serializer[Any]):
    payer_id = serializers.UUIDField(help_text="Who would pay: one of the two parties.")


class DirectionAnswerSerializer(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(choices=["agree", "refuse"])


class SuggestedDirectionSerializer(serializers.Serializer[Any]):
    payer_id = serializers.UUIDField()
    by_id = serializers.UUIDField()


class BiddingSerializer(serializers.Serializer[Any]):
    round = serializers.IntegerField()
    status = serializers.ChoiceField(choices=BiddingStatus.choices)
    amount = MoneyField(required=False, help_text="Only of a settled round.")
    payer_id = serializers.UUIDField(
        allow_null=True, help_text="Who pays, as both agreed; the respondent where they agreed on nothing else."
    )
    suggested = SuggestedDirectionSerializer(
        allow_null=True, help_text="Another direction that one of the two suggests and the other has not answered."
    )


class HoldSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    rule = serializers.CharField()
    severity = serializers.ChoiceField(choices=Severity.choices)
    quote = serializers.CharField()
    suggestion = serializers.CharField()
    lifted_at = serializers.DateTimeField(allow_null=True)
    lifted_by = serializers.UUIDField(allow_null=True)
    lift_reason = serializers.CharField()


class LiftSerializer(serializers.Serializer[Any]):
    reason = TextField(max_length=4000, multiline=True)


class ReviewSerializer(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(choices=["approve", "return"])
    comment = TextField(
        max_length=4000,
        multiline=True,
        required=False,
        allow_blank=True,
        default="",
        help_text="Needed with `return`, and then read by the parties: what has to change.",
    )
    checksum = TextField(max_length=64, required=False, allow_null=True, default=None)


class SignSerializer(serializers.Serializer[Any]):
    full_name = TextField(max_length=200)
    consent = StrictBooleanField()
    signature_image = serializers.CharField(max_length=300_000, required=False, allow_null=True, default=None)
    checksum = TextField(max_length=64, required=False, allow_null=True, default=None)


class SignatureSerializer(serializers.Serializer[Any]):
    signer_id = serializers.UUIDField(help_text="The signer's user id.")
    signed_at = serializers.DateTimeField()


class ContractSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=ContractStatus.choices)
    contract_text = serializers.CharField()
    document_id = serializers.UUIDField(allow_null=True)
    file_url = serializers.CharField(allow_null=True)
    checksum = serializers.CharField(allow_null=True)
    signatures = SignatureSerializer(many=True)
    fully_executed = serializers.BooleanField()
    review_comment = serializers.CharField(
        help_text="Of the lawyer who reviewed it: for counsel, and for everybody once the contract was returned."
    )
    holds = HoldSerializer(many=True, help_text="For who works the case: findings that hold the contract.")
    progress = serializers.IntegerField(help_text="0..100 while the contract is drawn up")
    allowed_actions = serializers.ListField(child=serializers.CharField())


class TimelineEntrySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    verb = serializers.CharField()
    actor_type = serializers.CharField()
    actor_id = serializers.UUIDField(allow_null=True)
    subject_type = serializers.CharField()
    subject_id = serializers.UUIDField(allow_null=True)
    facts = serializers.DictField()
    created_at = serializers.DateTimeField()


def uuid_or_none(value: str | None) -> UUID | None:
    """A query parameter as a UUID. Raises ValueError."""
    return UUID(value) if value else None

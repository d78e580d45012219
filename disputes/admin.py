"""The back-office of disputes: read-only rows of the cases one works, and verbs that call the services.

Admins see every case, lawyers those assigned to them; rows come only from `selectors.back_office.worked_by` and the twins of
`rules`. Private streams are not here at all: neither their lines nor that they exist. Statements and evidence appear once disclosed.
"""

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.forms import ActionForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.public import Role, User
from disputes.enums import ContractStatus, Part, StreamKind
from disputes.models import (
    Assignment,
    Candidate,
    Contract,
    ContractHold,
    DeadlineProposal,
    Dispute,
    Evidence,
    Invitation,
    Message,
    MessageStream,
    Participant,
    Resolution,
    ResolutionResponse,
    Truth,
)
from disputes.selectors import back_office
from disputes.selectors.access import access_dispute
from disputes.selectors.back_office import is_back_office, worked_by
from disputes.selectors.case_files import truth_content
from disputes.selectors.chronicle import chronicle
from disputes.services.assignments import assign_lawyer, end_assignment
from disputes.services.contract_checks import lift_holds
from disputes.services.contracts import ask_for_contract, review_contract
from disputes.transitions import states_for
from kernel.admin import ReadOnlyAdmin
from kernel.clock import now
from kernel.entry import entry
from kernel.errors import DomainError, ValidationFailedError
from kernel.money import Money
from kernel.text import TextError, clean_text

STATE_LABELS = {
    "executed": "success",
    "closed": "success",
    "agreed": "success",
    "accepted": "success",
    "joined": "success",
    "signing": "info",
    "proposed": "info",
    "review": "warning",
    "arbitrating": "warning",
    "withdrawn": "danger",
    "lapsed": "danger",
    "declined": "danger",
    "rejected": "danger",
    "voided": "danger",
    "failed": "danger",
}


def acting(request: HttpRequest) -> User:
    """The person at the keyboard, as the services want them."""
    return User.objects.get(pk=cast(User, request.user).pk)


def explain(error: DomainError) -> str:
    """A refusal in one line."""
    if isinstance(error, ValidationFailedError) and error.errors:
        return " ".join(item.detail for item in error.errors)
    return error.detail


class CaseAdmin(ReadOnlyAdmin):
    """Rows of the cases one works. `case_path` leads from the row to its dispute."""

    case_path: ClassVar[str] = "dispute"
    list_filter_submit = False
    show_facets = admin.ShowFacets.NEVER

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_back_office(request.user)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(**{f"{self.case_path}__in": worked_by(cast(User, request.user))})

    def each(
        self, request: HttpRequest, rows: QuerySet[Any], act: Callable[[User, Any], object], done: Callable[[int], str]
    ) -> None:
        """One service call in one transaction for each row; what is refused is said and stops nothing else."""
        person, count = acting(request), 0
        for row in rows:
            try:
                with entry():
                    act(person, row)
            except DomainError as error:
                self.message_user(request, f"{row}: {explain(error)}", messages.ERROR)
            else:
                count += 1
        if count:
            self.message_user(request, done(count), messages.SUCCESS)

    def row(self, request: HttpRequest, object_id: str) -> Any:
        """The row of a button on its page, by the same look as the page itself. Raises Http404."""
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return found

    @admin.display(description=__("case"))
    def case(self, obj: Any) -> str:
        return _case_link(obj.dispute)


def _case_link(dispute: Dispute) -> SafeString:
    return format_html(
        '<a href="{}">{}</a>', reverse("admin:disputes_dispute_change", args=[dispute.pk]), dispute.title
    )


def _name(user: User | None) -> str:
    return user.full_name if user is not None else "–"


class CaseInline(TabularInline):  # type: ignore[misc]
    """Rows on the page of their case; the page itself has checked who looks."""

    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = True
    hide_title = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_back_office(request.user)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ParticipantInline(CaseInline):
    model = Participant
    verbose_name_plural = __("parties")
    fields = readonly_fields = ("full_name", "side", "status", "joined_at", "has_stated", "arbitration_consent_at")
    ordering = ("created_at", "id")

    @admin.display(description=__("has stated"), boolean=True)
    def has_stated(self, obj: Participant) -> bool:
        return obj.stated_at is not None


class AssignmentInline(CaseInline):
    model = Assignment
    fields = readonly_fields = ("lawyer_name", "part", "created_at", "ended_at")
    ordering = ("ended_at", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assignment]:
        rows: QuerySet[Assignment] = super().get_queryset(request)
        return rows.select_related("lawyer")

    @admin.display(description=__("lawyer"))
    def lawyer_name(self, obj: Assignment) -> str:
        return _name(obj.lawyer)


class ResolutionInline(CaseInline):
    model = Resolution
    verbose_name_plural = __("proposals and awards")
    fields = readonly_fields = ("round", "mode", "status", "summary", "proposed_at")
    ordering = ("round",)


class ContractInline(CaseInline):
    model = Contract
    fields = readonly_fields = ("status", "attempts", "failure", "created_at", "executed_at")
    ordering = ("created_at",)


class WaitingFilter(admin.SimpleListFilter):
    title = __("waiting")
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("deadline", __("deadline passed or within 3 days")), ("human", __("for a human mediator"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        choose = {"deadline": back_office.overdue, "human": back_office.waiting_for_human}.get(self.value() or "")
        return choose(queryset) if choose else queryset


class AssignForm(forms.Form):
    lawyer = forms.ModelChoiceField(label=__("Lawyer"), queryset=User.objects.none(), widget=UnfoldAdminSelectWidget)
    part = forms.ChoiceField(label=__("Part"), choices=Part.choices, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lawyers = User.objects.filter(role=Role.LAWYER, is_active=True).order_by("full_name", "email")
        cast("forms.ModelChoiceField[User]", self.fields["lawyer"]).queryset = lawyers


class ReasonForm(ActionForm):  # type: ignore[misc]
    """Beside an action that wants to know why."""

    reason = forms.CharField(label=__("Reason"), required=False, max_length=4000)


class ReviewForm(forms.Form):
    comment = forms.CharField(
        label=__("Comment"),
        required=False,
        max_length=4000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=__(
            "Needed when you return the contract: say what has to change, the parties read it. "
            "With an approval it stays in the back-office."
        ),
    )
    checksum = forms.CharField(max_length=64, widget=forms.HiddenInput)
    decision = forms.ChoiceField(
        choices=[("approve", __("Approve")), ("return", __("Return"))], widget=forms.HiddenInput
    )

    def clean_comment(self) -> str:
        try:
            return clean_text(self.cleaned_data["comment"], max_length=4000, multiline=True)
        except TextError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("decision") == "return" and not data.get("comment") and "comment" not in self.errors:
            self.add_error("comment", _("Say what has to change."))
        return data


@admin.register(Dispute)
class DisputeAdmin(CaseAdmin):
    case_path = "pk"
    list_display = ("title", "state", "outcome", "claimed", "due", "person_by", "created_at")
    list_filter = (WaitingFilter, "status", "outcome", "locale", "requires_contract")
    search_fields = ("title", "id")
    search_help_text = __("Title or id")
    ordering = ("-created_at", "-id")
    inlines = (ParticipantInline, AssignmentInline, ResolutionInline, ContractInline)
    actions = ("assign_selected",)
    actions_detail = ("assign",)
    readonly_fields = ("claimed", "due", "person_by", "filed_by_name", "timeline")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("title", "status", "outcome"),
                    ("filed_by_name", "claimed", "category"),
                    ("due", "person_by"),
                    ("escalated_at", "escalation_reason"),
                    "description",
                )
            },
        ),
        (
            __("Details"),
            {
                "classes": ("tab",),
                "fields": (
                    "id",
                    ("locale", "timezone"),
                    ("protocol", "requires_contract"),
                    ("respond_by", "statement_deadline", "consent_deadline", "disclosed_at"),
                    "ended_reason",
                    ("created_at", "updated_at"),
                ),
            },
        ),
        (__("Timeline"), {"fields": ("timeline",), "classes": ("tab",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dispute]:
        return back_office.with_due(super().get_queryset(request)).select_related("filed_by")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.reader = request.user  # the timeline is this reader's
        return found

    @display(description=__("state"), label=STATE_LABELS, ordering="status")  # type: ignore[untyped-decorator]
    def state(self, obj: Dispute) -> tuple[str, str]:
        return obj.status, obj.get_status_display()

    @admin.display(description=__("amount"), ordering="amount")
    def claimed(self, obj: Dispute) -> str:
        return _money(obj.money)

    @display(description=__("deadline"), ordering="due_at")  # type: ignore[untyped-decorator]
    def due(self, obj: Dispute) -> Any:
        return getattr(obj, "due_at", None)

    @admin.display(description=__("person answers by"), ordering="human_due_at")
    def person_by(self, obj: Dispute) -> str:
        """The promise to the parties of a case that waits for a human mediator, marked once it is broken."""
        if obj.human_due_at is None:
            return "–"
        at = date_format(localtime(obj.human_due_at), "SHORT_DATETIME_FORMAT")
        if obj.human_due_at > now():
            return at
        return format_html('{} <strong style="color:#b3261e">{}</strong>', at, _("overdue"))

    @admin.display(description=__("filed by"))
    def filed_by_name(self, obj: Dispute) -> str:
        return _name(obj.filed_by)

    @admin.display(description="")
    def timeline(self, obj: Dispute) -> str:
        access = access_dispute(cast(Any, obj).reader, obj.pk)
        return render_to_string("staff/admin_timeline.html", {"happenings": chronicle(access)})

    @action(description=__("Assign a lawyer"), icon="person_add", permissions=["assign"])  # type: ignore[untyped-decorator]
    def assign(self, request: HttpRequest, object_id: str) -> HttpResponse:
        dispute = self.row(request, object_id)
        back = reverse("admin:disputes_dispute_change", args=[dispute.pk])
        return self._assign(request, self.get_queryset(request).filter(pk=dispute.pk), back)

    def has_assign_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return is_back_office(request.user) and cast(User, request.user).role == Role.ADMIN

    @admin.action(description=__("Assign the selected cases to a lawyer"), permissions=["assign"])
    def assign_selected(self, request: HttpRequest, queryset: QuerySet[Dispute]) -> HttpResponse:
        return self._assign(request, queryset, request.get_full_path())

    def _assign(self, request: HttpRequest, disputes: QuerySet[Dispute], back: str) -> HttpResponse:
        is_given = "lawyer" in request.POST
        form = AssignForm(request.POST if is_given else None)
        if is_given and form.is_valid():
            lawyer, part = form.cleaned_data["lawyer"], form.cleaned_data["part"]
            self.each(
                request,
                disputes,
                lambda person, dispute: assign_lawyer(
                    acting_user=person, dispute_id=dispute.pk, lawyer_id=lawyer.pk, part=part
                ),
                lambda count: (
                    _("%(lawyer)s is now %(part)s of %(count)d cases.")
                    % {"lawyer": lawyer.full_name, "part": Part(part).label, "count": count}
                ),
            )
            return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Assign a lawyer"),
            "opts": self.opts,
            "form": form,
            "disputes": disputes,
            "selected": [str(pk) for pk in disputes.values_list("pk", flat=True)],
            "open_states": states_for("assign"),
            "back": back,
        }
        return TemplateResponse(request, "staff/admin_assign.html", context)


def _money(amount: Money | None) -> str:
    return f"{amount.as_json()['amount']} {amount.currency}" if amount is not None else "–"


@admin.register(Participant)
class ParticipantAdmin(CaseAdmin):
    list_display = ("full_name", "side", "status", "case", "joined_at", "has_stated")
    list_filter = ("side", "status")
    list_select_related = ("dispute",)
    search_fields = ("full_name", "dispute__title")
    ordering = ("-created_at", "-id")
    fields = readonly_fields = (
        "id",
        "case",
        "full_name",
        "side",
        "part",
        "status",
        "locale",
        "joined_at",
        "has_stated",
        "arbitration_consent_at",
        "end_asked_at",
        "end_reason",
        "left_reason",
        "created_at",
    )

    @admin.display(description=__("has stated"), boolean=True)
    def has_stated(self, obj: Participant) -> bool:
        return obj.stated_at is not None


@admin.register(Invitation)
class InvitationAdmin(CaseAdmin):
    """Never the link or its digest: whoever holds the link joins."""

    case_path = "participant__dispute"
    list_display = ("invited", "case", "expires_at", "used_at", "created_at")
    list_filter = ("participant__status",)
    list_select_related = ("participant__dispute", "invited_by")
    search_fields = ("participant__full_name", "participant__dispute__title")
    ordering = ("-created_at", "-id")
    fields = readonly_fields = ("id", "invited", "case", "inviter", "generation", "expires_at", "used_at", "created_at")

    @admin.display(description=__("invited"))
    def invited(self, obj: Invitation) -> str:
        return obj.participant.full_name or _("the invited person")

    @admin.display(description=__("case"))
    def case(self, obj: Invitation) -> str:
        return _case_link(obj.participant.dispute)

    @admin.display(description=__("invited by"))
    def inviter(self, obj: Invitation) -> str:
        return _name(obj.invited_by)


@admin.register(Assignment)
class AssignmentAdmin(CaseAdmin):
    list_display = ("lawyer_name", "part", "case", "created_at", "ended_at")
    list_filter = ("part", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("dispute", "lawyer", "assigned_by")
    search_fields = ("lawyer__full_name", "dispute__title")
    ordering = ("-created_at", "-id")
    fields = readonly_fields = ("id", "lawyer_name", "part", "case", "assigner", "created_at", "ended_at")
    actions = ("end",)
    actions_detail = ("end_this",)

    @admin.display(description=__("lawyer"), ordering="lawyer__full_name")
    def lawyer_name(self, obj: Assignment) -> str:
        return _name(obj.lawyer)

    @admin.display(description=__("assigned by"))
    def assigner(self, obj: Assignment) -> str:
        return _name(obj.assigned_by)

    def has_end_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return is_back_office(request.user) and cast(User, request.user).role == Role.ADMIN

    @admin.action(description=__("End the selected assignments"), permissions=["end"])
    def end(self, request: HttpRequest, queryset: QuerySet[Assignment]) -> None:
        self.each(
            request,
            queryset,
            lambda person, row: end_assignment(acting_user=person, dispute_id=row.dispute_id, assignment_id=row.pk),
            lambda count: _("%(count)d assignments ended.") % {"count": count},
        )

    @action(description=__("End this assignment"), icon="person_remove", permissions=["end"])  # type: ignore[untyped-decorator]
    def end_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.row(request, object_id)
        back = reverse("admin:disputes_assignment_change", args=[row.pk])
        question = _("End the part of %(lawyer)s in this case? From now on they do not see it.")
        return self.confirmed(
            request,
            row,
            back,
            question % {"lawyer": row.lawyer.full_name},
            lambda: self.end(request, self._one(request, row)),
        )

    def _one(self, request: HttpRequest, row: Assignment) -> QuerySet[Assignment]:
        rows: QuerySet[Assignment] = self.get_queryset(request).filter(pk=row.pk)
        return rows

    def confirmed(
        self, request: HttpRequest, row: Assignment, back: str, question: str, act: Callable[[], None]
    ) -> HttpResponse:
        """GET asks, POST does: a link must not change anything."""
        if request.method == "POST":
            act()
            return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": _("End an assignment"),
            "opts": self.opts,
            "dispute": row.dispute,
            "question": question,
            "back": back,
        }
        return TemplateResponse(request, "staff/admin_confirm.html", context)


@admin.register(DeadlineProposal)
class DeadlineProposalAdmin(CaseAdmin):
    list_display = ("case", "kind", "deadline", "status", "proposer", "created_at")
    list_filter = ("kind", "status")
    list_select_related = ("dispute", "proposed_by")
    search_fields = ("dispute__title",)
    ordering = ("-created_at", "-id")
    fields = readonly_fields = ("id", "case", "kind", "deadline", "status", "proposer", "acceptors", "created_at")

    @admin.display(description=__("proposed by"))
    def proposer(self, obj: DeadlineProposal) -> str:
        return obj.proposed_by.full_name

    @admin.display(description=__("accepted by"))
    def acceptors(self, obj: DeadlineProposal) -> str:
        return ", ".join(obj.accepted_by.values_list("full_name", flat=True)) or "–"


class DisclosedAdmin(CaseAdmin):
    """Rows that nobody but their maker sees before disclosure, the back-office included."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(dispute__disclosed_at__isnull=False)

    @admin.display(description=__("party"))
    def party(self, obj: Any) -> str:
        return str(obj.participant.full_name)


@admin.register(Truth)
class TruthAdmin(DisclosedAdmin):
    list_display = ("party", "case", "is_addendum", "is_late", "submitted_at")
    list_filter = ("is_addendum", "is_late")
    list_select_related = ("dispute", "participant")
    search_fields = ("participant__full_name", "dispute__title")
    ordering = ("-submitted_at", "-id")
    fields = readonly_fields = ("id", "case", "party", "is_addendum", "is_late", "submitted_at", "statement")

    @admin.display(description=__("statement"))
    def statement(self, obj: Truth) -> str:
        return truth_content(obj)


@admin.register(Evidence)
class EvidenceAdmin(DisclosedAdmin):
    list_display = ("file_name", "media_type", "scan", "party", "case", "uploaded_at", "withdrawn_at")
    list_filter = (("withdrawn_at", admin.EmptyFieldListFilter),)
    list_select_related = ("dispute", "participant", "file")
    search_fields = ("participant__full_name", "dispute__title", "description")
    ordering = ("-uploaded_at", "-id")
    fields = readonly_fields = (
        "id",
        "case",
        "party",
        "file_name",
        "media_type",
        "size",
        "sha256",
        "scan",
        "description",
        "uploaded_at",
        "withdrawn_at",
    )

    @admin.display(description=__("file"))
    def file_name(self, obj: Evidence) -> str:
        return obj.file.file_name

    @admin.display(description=__("type"))
    def media_type(self, obj: Evidence) -> str:
        return obj.file.media_type

    @admin.display(description=__("size"))
    def size(self, obj: Evidence) -> int:
        return obj.file.size

    @admin.display(description="SHA-256")
    def sha256(self, obj: Evidence) -> str:
        return obj.file.sha256

    @display(description=__("scan"), label={"infected": "danger", "clean": "success", "pending": "warning"})  # type: ignore[untyped-decorator]
    def scan(self, obj: Evidence) -> str:
        return str(obj.file.scan_status)


@admin.register(MessageStream)
class MessageStreamAdmin(CaseAdmin):
    """Joint rooms only. That a private stream exists is private too."""

    list_display = ("case", "kind", "closed_at")
    list_select_related = ("dispute",)
    search_fields = ("dispute__title",)
    ordering = ("-id",)
    fields = readonly_fields = ("id", "case", "kind", "closed_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[MessageStream]:
        return super().get_queryset(request).filter(kind=StreamKind.JOINT)


@admin.register(Message)
class MessageAdmin(CaseAdmin):
    """Lines of the joint room."""

    case_path = "stream__dispute"
    list_display = ("created_at", "case", "seq", "sender_type", "author", "beginning")
    list_filter = ("sender_type",)
    list_select_related = ("stream__dispute", "sender")
    search_fields = ("stream__dispute__title",)
    ordering = ("-created_at", "-seq")
    fields = readonly_fields = ("id", "case", "seq", "sender_type", "author", "content", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).filter(stream__kind=StreamKind.JOINT)

    @admin.display(description=__("case"))
    def case(self, obj: Message) -> str:
        return _case_link(obj.stream.dispute)

    @admin.display(description=__("sender"))
    def author(self, obj: Message) -> str:
        return _name(obj.sender)

    @admin.display(description=__("text"))
    def beginning(self, obj: Message) -> str:
        return obj.content if len(obj.content) <= 80 else f"{obj.content[:79]}…"


@admin.register(Resolution)
class ResolutionAdmin(CaseAdmin):
    list_display = ("case", "round", "mode", "state", "model", "proposed_at")
    list_filter = ("status", "mode")
    list_select_related = ("dispute", "requested_by", "decided_by")
    search_fields = ("dispute__title",)
    ordering = ("-created_at", "-id")
    readonly_fields = ("case", "facts", "obligations", "sources", "answers", "decider")
    fieldsets = (
        (None, {"fields": (("case", "round"), ("mode", "status"), "summary", "obligations", "facts", "reasoning")}),
        (__("Answers"), {"fields": ("answers",), "classes": ("tab",)}),
        (__("Sources"), {"fields": ("sources",), "classes": ("tab",)}),
        (
            __("Details"),
            {
                "classes": ("tab",),
                "fields": ("id", ("model", "prompt_version"), "decider", "failure", ("created_at", "proposed_at")),
            },
        ),
    )

    @display(description=__("state"), label=STATE_LABELS, ordering="status")  # type: ignore[untyped-decorator]
    def state(self, obj: Resolution) -> tuple[str, str]:
        return obj.status, obj.get_status_display()

    @admin.display(description=__("decided by"))
    def decider(self, obj: Resolution) -> str:
        return _name(obj.decided_by)

    @admin.display(description=__("facts"))
    def facts(self, obj: Resolution) -> str:
        return self._part("facts", obj)

    @admin.display(description=__("terms"))
    def obligations(self, obj: Resolution) -> str:
        return self._part("terms", obj)

    @admin.display(description="")
    def sources(self, obj: Resolution) -> str:
        return self._part("sources", obj)

    @admin.display(description="")
    def answers(self, obj: Resolution) -> str:
        return self._part("answers", obj)

    def _part(self, part: str, obj: Resolution) -> str:
        answers = obj.responses.select_related("participant").order_by("created_at") if part == "answers" else ()
        return render_to_string("staff/admin_resolution.html", {"part": part, "resolution": obj, "answers": answers})


@admin.register(ResolutionResponse)
class ResolutionResponseAdmin(CaseAdmin):
    case_path = "resolution__dispute"
    list_display = ("case", "round", "party", "decision", "created_at")
    list_filter = ("decision",)
    list_select_related = ("resolution__dispute", "participant")
    search_fields = ("resolution__dispute__title", "participant__full_name")
    ordering = ("-created_at", "-id")
    fields = readonly_fields = (
        "id",
        "case",
        "round",
        "party",
        "decision",
        "comment",
        "terms",
        "instalments",
        "created_at",
    )

    @admin.display(description=__("case"))
    def case(self, obj: ResolutionResponse) -> str:
        return _case_link(obj.resolution.dispute)

    @admin.display(description=__("round"))
    def round(self, obj: ResolutionResponse) -> int:
        return obj.resolution.round

    @admin.display(description=__("party"))
    def party(self, obj: ResolutionResponse) -> str:
        return obj.participant.full_name


@admin.register(Candidate)
class CandidateAdmin(CaseAdmin):
    """What the parties were asked to rank. Their rankings are nobody's to read."""

    case_path = "resolution__dispute"
    list_display = ("case", "round", "principle", "summary", "model")
    list_filter = ("principle",)
    list_select_related = ("resolution__dispute",)
    search_fields = ("resolution__dispute__title",)
    ordering = ("-id",)
    fields = readonly_fields = (
        "id",
        "case",
        "round",
        "number",
        "principle",
        "summary",
        "terms",
        "agreed_facts",
        "disputed_facts",
        "reasoning",
        "citations",
        "model",
        "prompt_version",
    )

    @admin.display(description=__("case"))
    def case(self, obj: Candidate) -> str:
        return _case_link(obj.resolution.dispute)

    @admin.display(description=__("round"))
    def round(self, obj: Candidate) -> int:
        return obj.resolution.round


@admin.register(ContractHold)
class ContractHoldAdmin(CaseAdmin):
    """Findings of the contract check; counsel lifts them with a reason."""

    case_path = "contract__dispute"
    list_display = ("case", "rule", "severity", "suggestion", "created_at", "lifted_at", "lifter")
    list_filter = (("lifted_at", admin.EmptyFieldListFilter), "severity")
    list_select_related = ("contract__dispute", "lifted_by")
    search_fields = ("contract__dispute__title", "rule")
    ordering = ("-created_at", "-id")
    fields = readonly_fields = (
        "id",
        "case",
        "rule",
        "severity",
        "quote",
        "suggestion",
        "created_at",
        "lifted_at",
        "lifter",
        "lift_reason",
    )
    actions = ("lift",)
    action_form = ReasonForm

    @admin.display(description=__("case"))
    def case(self, obj: ContractHold) -> str:
        return _case_link(obj.contract.dispute)

    @admin.display(description=__("lifted by"))
    def lifter(self, obj: ContractHold) -> str:
        return _name(obj.lifted_by)

    @admin.action(description=__("Lift the selected holds, with the reason given"))
    def lift(self, request: HttpRequest, queryset: QuerySet[ContractHold]) -> None:
        try:
            reason = clean_text(request.POST.get("reason", ""), max_length=4000)
        except TextError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        self.each(
            request,
            queryset.filter(lifted_at=None),
            lambda person, hold: lift_holds(
                acting_user=person, dispute_id=hold.contract.dispute_id, reason=reason, hold_id=hold.pk
            ),
            lambda count: _("%(count)d holds lifted.") % {"count": count},
        )


@admin.register(Contract)
class ContractAdmin(CaseAdmin):
    list_display = ("case", "state", "attempts", "failure", "created_at", "executed_at")
    list_filter = ("status",)
    list_select_related = ("dispute", "reviewed_by")
    search_fields = ("dispute__title", "checksum")
    ordering = ("-created_at", "-id")
    readonly_fields = ("case", "words", "pdf", "reviewer")
    fieldsets = (
        (None, {"fields": (("case", "status"), ("pdf", "checksum"), "words")}),
        (__("Review"), {"fields": ("reviewer", "review_comment"), "classes": ("tab",)}),
        (
            __("Details"),
            {
                "classes": ("tab",),
                "fields": ("id", ("attempts", "lease_until"), "failure", ("created_at", "executed_at")),
            },
        ),
    )
    actions = ("ask_again",)
    actions_detail = ("review",)

    @display(description=__("state"), label=STATE_LABELS, ordering="status")  # type: ignore[untyped-decorator]
    def state(self, obj: Contract) -> tuple[str, str]:
        return obj.status, obj.get_status_display()

    @admin.display(description=__("text"))
    def words(self, obj: Contract) -> str:
        return format_html('<div class="whitespace-pre-wrap leading-relaxed max-w-3xl">{}</div>', obj.text or "–")

    @admin.display(description="PDF")
    def pdf(self, obj: Contract) -> str:
        if obj.file_id is None:
            return "–"
        address = reverse("disputes:contract-file", args=[obj.dispute_id])
        return format_html('<a href="{}">{}</a>', address, _("Download"))

    @admin.display(description=__("reviewed by"))
    def reviewer(self, obj: Contract) -> str:
        return _name(obj.reviewed_by)

    @admin.action(description=__("Ask again for the selected contracts"))
    def ask_again(self, request: HttpRequest, queryset: QuerySet[Contract]) -> None:
        self.each(
            request,
            queryset,
            lambda person, contract: ask_for_contract(acting_user=person, dispute_id=contract.dispute_id),
            lambda count: _("%(count)d contracts were asked for again.") % {"count": count},
        )

    def has_review_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """The button shows where it can be used: counsel of the case, and a contract that waits for them."""
        contract = self.get_object(request, object_id) if object_id is not None else None
        if contract is None or contract.status != ContractStatus.REVIEW:
            return False
        counsel = Assignment.objects.filter(lawyer_id=request.user.pk, part=Part.COUNSEL, ended_at=None)
        return counsel.filter(dispute_id=contract.dispute_id).exists()

    @action(description=__("Approve or return"), icon="fact_check", permissions=["review"])  # type: ignore[untyped-decorator]
    def review(self, request: HttpRequest, object_id: str) -> HttpResponse:
        contract = self.row(request, object_id)
        form = ReviewForm(request.POST or None, initial={"checksum": contract.checksum})
        back = reverse("admin:disputes_contract_change", args=[contract.pk])
        if request.method == "POST" and form.is_valid():
            return self._reviewed(request, contract, form.cleaned_data, back)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Approve or return the contract"),
            "opts": self.opts,
            "form": form,
            "contract": contract,
            "dispute": contract.dispute,
            "back": back,
        }
        return TemplateResponse(request, "staff/admin_review.html", context)

    def _reviewed(self, request: HttpRequest, contract: Contract, given: dict[str, Any], back: str) -> HttpResponse:
        try:
            with entry():
                review_contract(acting_user=acting(request), dispute_id=contract.dispute_id, **given)
        except DomainError as error:
            self.message_user(request, explain(error), messages.ERROR)
        else:
            said = {
                "approve": _("The contract is approved and goes to the parties for signature."),
                "return": _("The contract is returned; the parties are back in mediation and read your comment."),
            }
            self.message_user(request, said[given["decision"]], messages.SUCCESS)
        return HttpResponseRedirect(back)

"""The back-office of accounts: administrators see people, and change them only through the services."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Role
from accounts.models import AuthSession, NotificationPreference, User
from accounts.services.people import activate_person, change_role, deactivate_person
from kernel.admin import AdminOnly
from kernel.entry import entry
from kernel.errors import DomainError


@admin.register(User)
class UserAdmin(AdminOnly):
    list_display = ("email", "full_name", "role", "is_active", "email_verified_at", "created_at")
    list_filter = ("role", "is_active", "locale")
    search_fields = ("email", "full_name")
    ordering = ("email",)
    fields = (
        "id",
        "email",
        "full_name",
        "role",
        "locale",
        "timezone",
        "is_active",
        "email_verified_at",
        "last_login",
        "created_at",
    )
    readonly_fields = fields
    actions = ("deactivate", "activate", "make_client", "make_lawyer", "make_admin")

    def has_action_permission(self, request: HttpRequest) -> bool:
        """Asked for actions with permissions=["action"]."""
        return self.has_view_permission(request)

    @admin.action(description=gettext_lazy("Deactivate: sign out at once and let in no more"), permissions=["action"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, lambda user, acting: deactivate_person(user_id=user.pk, acting_user=acting))

    @admin.action(description=gettext_lazy("Activate again"), permissions=["action"])
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, lambda user, acting: activate_person(user_id=user.pk, acting_user=acting))

    @admin.action(description=gettext_lazy("Make client"), permissions=["action"])
    def make_client(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._give_role(request, queryset, Role.CLIENT)

    @admin.action(description=gettext_lazy("Make lawyer"), permissions=["action"])
    def make_lawyer(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._give_role(request, queryset, Role.LAWYER)

    @admin.action(description=gettext_lazy("Make administrator"), permissions=["action"])
    def make_admin(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._give_role(request, queryset, Role.ADMIN)

    def _give_role(self, request: HttpRequest, queryset: QuerySet[User], role: Role) -> None:
        self._each(request, queryset, lambda user, acting: change_role(user_id=user.pk, role=role, acting_user=acting))

    def _each(self, request: HttpRequest, queryset: QuerySet[User], act: Callable[[User, User], Any]) -> None:
        acting = User.objects.get(pk=str(request.user.pk))
        done = 0
        for user in queryset:
            try:
                with entry():
                    act(user, acting)
            except DomainError as error:
                self.message_user(request, f"{user.email}: {error.detail}", messages.ERROR)
            else:
                done += 1
        if done:
            self.message_user(request, _("Done for %(count)d people.") % {"count": done}, messages.SUCCESS)


@admin.register(AuthSession)
class AuthSessionAdmin(AdminOnly):
    list_display = ("user", "created_at", "last_used_at", "revoked_at", "revoke_reason")
    list_filter = ("revoke_reason",)
    list_select_related = ("user",)
    search_fields = ("user__email",)
    ordering = ("-created_at",)


@admin.register(NotificationPreference)
class NotificationPreferenceAdmin(AdminOnly):
    list_display = ("user", "kind", "channel", "enabled")
    list_filter = ("kind", "channel", "enabled")
    list_select_related = ("user",)
    search_fields = ("user__email",)

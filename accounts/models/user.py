"""People. A person is their verified e-mail address; there is no user name."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone as clock
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.enums import Locale, Role
from kernel.models.base import Model


@lru_cache(maxsize=1)
def known_timezones() -> frozenset[str]:
    """The IANA names this build knows."""
    return frozenset(available_timezones())


def validate_timezone(value: str) -> None:
    if value not in known_timezones():
        raise ValidationError(_("Give a time zone of the IANA list, such as Europe/Madrid."), code="unknown_timezone")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new person; without a password they can only come in by a mailed link."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An administrator whose address counts as verified: whoever runs commands vouches for it."""
        fields.setdefault("email_verified_at", clock.now())
        return self.create_user(email, password, **{**fields, "role": Role.ADMIN})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())

    async def aget_by_natural_key(self, username: str | None) -> "User":
        return await self.aget(email=(username or "").strip().lower())


class User(AbstractBaseUser, Model):
    """A person. `credential_generation` goes up whenever everything signed in must end at the next request."""

    email = models.EmailField(_("e-mail address"), max_length=254)
    full_name = models.CharField(_("full name"), max_length=200)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.CLIENT)
    locale = models.CharField(_("language"), max_length=5, choices=Locale.choices, default=Locale.EN)
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_timezone])
    email_verified_at = models.DateTimeField(_("address verified at"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    credential_generation = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created at"), default=clock.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    personal_data: ClassVar[dict[str, str]] = {
        "email": "replaced by an address that leads nowhere",
        "full_name": "replaced by a neutral name",
        "password": "made unusable",
        "timezone": "set to UTC",
        "last_login": "emptied",
    }

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            # Lower-case at rest, so one plain unique index holds for every spelling and serves every look-up.
            models.UniqueConstraint(
                fields=["email"], name="user_email_once", violation_error_message=_("This address is taken.")
            ),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(condition=models.Q(locale__in=Locale.values), name="user_locale_known"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    def clean(self) -> None:
        self.email = self.email.strip().lower()

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name

    # --- what Django's admin asks; the answers follow from the role ---------------------------------------------------
    @property
    def is_staff(self) -> bool:
        return self.is_active and self.role in {Role.LAWYER, Role.ADMIN}

    @property
    def is_superuser(self) -> bool:
        return self.is_active and self.role == Role.ADMIN

    def has_perm(self, perm: str, obj: object | None = None) -> bool:
        """Administrators may what an admin page offers; what lawyers see is decided by each page itself."""
        return self.is_superuser

    def has_perms(self, perm_list: Iterable[str], obj: object | None = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_superuser

    def get_all_permissions(self, obj: object | None = None) -> set[str]:
        return set()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What Django's own sessions are checked against: password and generation, so both end them."""
        return salted_hmac(
            "accounts.User.session", f"{self.password}|{self.credential_generation}", secret=secret, algorithm="sha256"
        ).hexdigest()

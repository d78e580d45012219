"""What goes in and out of the accounts API, one serializer per action."""

import re
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.enums import Channel, Locale, Role
from accounts.models import User
from accounts.models.user import known_timezones
from kernel.rest.fields import EmailField, SecretField, StrictBooleanField, TextField

_KIND = re.compile(r"[a-z][a-z0-9_.]{0,63}", re.ASCII)
MOST_PREFERENCES = 100


def request_locale() -> str:
    """The language the request asks for, where it is one of ours."""
    language = (get_language() or "").partition("-")[0]
    return language if language in Locale.values else Locale.EN.value


class LocaleField(serializers.ChoiceField):
    """`en` or `es`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Locale.choices, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return str(super().to_internal_value(data))


class TimezoneField(TextField):
    """An IANA time zone name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        if name not in known_timezones():
            raise serializers.ValidationError(
                _("Give a time zone of the IANA list, such as Europe/Madrid."), code="unknown_timezone"
            )
        return name


class RegisterSerializer(serializers.Serializer[Any]):
    email = EmailField()
    password = SecretField()
    full_name = TextField(max_length=200)
    locale = LocaleField(required=False, help_text="By default the language of the request.")
    timezone = TimezoneField(required=False, help_text="IANA name; UTC by default.")


class RegisteredSerializer(serializers.Serializer[Any]):
    """The same for a new and for a known address; it has no id."""

    email = serializers.EmailField()
    full_name = serializers.CharField()
    locale = serializers.ChoiceField(choices=Locale.choices)
    timezone = serializers.CharField()
    email_verified = serializers.BooleanField()


class LoginSerializer(serializers.Serializer[Any]):
    email = EmailField()
    password = SecretField()


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = SecretField()


class TokenPairSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="RS256 JWT, good for minutes and only while its session lives.")
    refresh = serializers.CharField(help_text="Good for one use; a second use ends the session.")


class PreferenceSerializer(serializers.Serializer[Any]):
    kind = TextField(max_length=64)
    channel = serializers.ChoiceField(choices=Channel.choices)
    enabled = StrictBooleanField()

    def validate_kind(self, value: str) -> str:
        if not _KIND.fullmatch(value):
            raise serializers.ValidationError(
                _("A kind is written in lower-case letters, digits, dots and underscores."), code="invalid"
            )
        return value


class UserSerializer(serializers.ModelSerializer[User]):
    """A person as they see themselves."""

    email_verified = serializers.SerializerMethodField()
    has_password = serializers.SerializerMethodField(
        help_text="False for people who came by an invitation; they set one without giving a present one."
    )
    role = serializers.ChoiceField(choices=Role.choices)
    notification_preferences = PreferenceSerializer(many=True)

    class Meta:
        model = User
        fields = (
            "id",
            "email",
            "full_name",
            "role",
            "locale",
            "timezone",
            "email_verified",
            "has_password",
            "notification_preferences",
            "created_at",
        )

    def get_email_verified(self, user: User) -> bool:
        return user.email_verified_at is not None

    def get_has_password(self, user: User) -> bool:
        return user.has_usable_password()


class SignedInSerializer(TokenPairSerializer):
    user = UserSerializer()


class ProfileSerializer(serializers.Serializer[Any]):
    """What a person may change; fields left out stay as they are."""

    full_name = TextField(max_length=200, required=False)
    locale = LocaleField(required=False)
    timezone = TimezoneField(required=False)
    notification_preferences = serializers.ListField(
        child=PreferenceSerializer(), required=False, max_length=MOST_PREFERENCES
    )


class PasswordChangeSerializer(serializers.Serializer[Any]):
    current_password = SecretField(required=False, allow_null=True, allow_blank=True)
    new_password = SecretField()


class PasswordResetSerializer(serializers.Serializer[Any]):
    email = EmailField()


class AcceptedSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()


class PasswordResetConfirmSerializer(serializers.Serializer[Any]):
    token = SecretField(max_length=100)
    new_password = SecretField()


class VerifyEmailSerializer(serializers.Serializer[Any]):
    token = SecretField(max_length=100)

"""The accounts API. Each verb reads its input, calls one service in one transaction, and shows the result."""

from typing import Any, TypeVar, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate, user_logged_in
from django.http import HttpRequest
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.adapters.sign_in import forgive_failures
from accounts.enums import Channel
from accounts.errors import InvalidCredentialsError, RefreshRefusedError
from accounts.models import User
from accounts.rest.serializers import (
    AcceptedSerializer,
    LoginSerializer,
    PasswordChangeSerializer,
    PasswordResetConfirmSerializer,
    PasswordResetSerializer,
    ProfileSerializer,
    RefreshSerializer,
    RegisteredSerializer,
    RegisterSerializer,
    SignedInSerializer,
    TokenPairSerializer,
    UserSerializer,
    VerifyEmailSerializer,
    request_locale,
)
from accounts.selectors.people import profile
from accounts.services.passwords import change_password, request_password_reset, reset_password
from accounts.services.people import PreferenceChoice, update_profile
from accounts.services.registration import register_person, remind_unverified, verify_email
from accounts.services.sessions import TokenPair, refresh_session, sign_in, sign_out
from kernel.context import origin_of
from kernel.entry import entry
from kernel.errors import ThrottledError
from kernel.ratelimit import check, client_address
from kernel.rest.viewsets import ApiViewSet

S = TypeVar("S", bound="serializers.BaseSerializer[Any]")

MAIL_RATE = "5/hour"  # mails that anybody can cause, per cause and address written to


def http_request(request: Request) -> HttpRequest:
    """Django's own request below DRF's: the sign-in machinery and the limits look at that one."""
    return request._request


def may_mail(cause: str, address: str) -> bool:
    """Whether an address may be written to at a stranger's word; refused silently, so that nobody learns anything."""
    try:
        check(f"mail-{cause}", address, MAIL_RATE)
    except ThrottledError:
        return False
    return True


def tokens(pair: TokenPair) -> dict[str, str]:
    return {"access": pair.access, "refresh": pair.refresh}


class AccountsViewSet(ApiViewSet):
    def read(self, serializer_class: type[S]) -> dict[str, Any]:
        """The request's input, checked. Raises DRF's ValidationError."""
        serializer = serializer_class(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return cast(dict[str, Any], serializer.validated_data)


class OpenViewSet(AccountsViewSet):
    """For people who are not signed in; an old token in the header does not stand in their way."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class RegistrationViewSet(OpenViewSet):
    @extend_schema(request=RegisterSerializer, responses={201: RegisteredSerializer}, operation_id="register")
    def create(self, request: Request) -> Response:
        """Register. A known address gets the same answer, and its owner a mail."""
        data = self.read(RegisterSerializer)
        data.setdefault("locale", request_locale())
        data.setdefault("timezone", "UTC")
        origin = origin_of(http_request(request))

        def run() -> UUID | None:
            return register_person(
                email=data["email"],
                password=data["password"],
                full_name=data["full_name"],
                locale=data["locale"],
                timezone=data["timezone"],
                origin=origin,
                may_mail=may_mail("register", data["email"]),
            )

        def render(_made: UUID | None) -> Any:
            return RegisteredSerializer({**data, "email_verified": False}).data

        return self.command(run, render, status=201)


class SessionViewSet(OpenViewSet):
    """Signing in, going on and signing out. Answers hold secrets: Idempotency-Key is ignored."""

    takes_idempotency_key = False

    @extend_schema(request=LoginSerializer, responses={200: SignedInSerializer}, operation_id="auth_login")
    def login(self, request: Request) -> Response:
        """Sign in by password. One answer for wrong password, unknown and unverified address."""
        data = self.read(LoginSerializer)
        email, http = data["email"], http_request(request)
        check("login", f"{client_address(http)}|{email}", settings.ACCORD_RATES["login"])
        origin = origin_of(http)
        user = authenticate(http, username=email, password=data["password"])
        if not isinstance(user, User) or user.email_verified_at is None:
            # Counted for every address, known or not, so that both take the same way through.
            if may_mail("login", email) and not getattr(http, "axes_locked_out", False):
                with entry():
                    remind_unverified(email=email, origin=origin)
            raise InvalidCredentialsError
        with entry():
            pair = sign_in(user=user, origin=origin)
        user_logged_in.send(sender=User, request=http, user=user)  # the lock-out forgets the failures before
        return Response({**tokens(pair), "user": UserSerializer(profile(user.pk)).data})

    @extend_schema(request=RefreshSerializer, responses={200: TokenPairSerializer}, operation_id="auth_refresh")
    def refresh(self, request: Request) -> Response:
        """The next pair of tokens. A refresh token is good once; a second use ends its session."""
        data = self.read(RefreshSerializer)
        with entry():
            pair = refresh_session(refresh=data["refresh"], origin=origin_of(http_request(request)))
        if pair is None:
            raise RefreshRefusedError
        return Response(tokens(pair))

    @extend_schema(request=RefreshSerializer, responses={204: None}, operation_id="auth_logout")
    def logout(self, request: Request) -> Response:
        """Sign out: the session's access tokens are refused from the next request on."""
        data = self.read(RefreshSerializer)
        with entry():
            sign_out(refresh=data["refresh"], origin=origin_of(http_request(request)))
        return Response(status=204)


class MeViewSet(AccountsViewSet):
    @extend_schema(responses={200: UserSerializer}, operation_id="me_retrieve")
    def retrieve(self, request: Request) -> Response:
        """Who I am."""
        return Response(UserSerializer(profile(cast(User, request.user).pk)).data)

    @extend_schema(request=ProfileSerializer, responses={200: UserSerializer}, operation_id="me_update")
    def partial_update(self, request: Request) -> Response:
        """Change my name, language, time zone or single notification switches."""
        data = self.read(ProfileSerializer)
        preferences = [
            PreferenceChoice(item["kind"], Channel(item["channel"]), item["enabled"])
            for item in data.pop("notification_preferences", [])
        ]
        user, origin = cast(User, request.user), origin_of(http_request(request))

        def run() -> UUID:
            update_profile(acting_user=user, changes=data, preferences=preferences, origin=origin)
            return user.pk

        return self.command(run, lambda _made: UserSerializer(profile(user.pk)).data)


class MyPasswordViewSet(AccountsViewSet):
    takes_idempotency_key = False

    @extend_schema(
        request=PasswordChangeSerializer, responses={200: TokenPairSerializer}, operation_id="me_password_change"
    )
    def change(self, request: Request) -> Response:
        """Change my password. Every session ends; the pair in the answer is the one that goes on."""
        data = self.read(PasswordChangeSerializer)
        user = cast(User, request.user)
        check("password", str(user.pk), settings.ACCORD_RATES["login"])  # a stolen session must not guess it
        with entry():
            pair = change_password(
                acting_user=user,
                current_password=data.get("current_password"),
                new_password=data["new_password"],
                origin=origin_of(http_request(request)),
            )
        return Response(tokens(pair))


class PasswordResetViewSet(OpenViewSet):
    takes_idempotency_key = False

    @extend_schema(
        request=PasswordResetSerializer, responses={202: AcceptedSerializer}, operation_id="auth_password_reset"
    )
    def ask(self, request: Request) -> Response:
        """Ask for a mail with a reset link. The answer is always the same."""
        email = self.read(PasswordResetSerializer)["email"]
        if may_mail("reset", email):
            with entry():
                request_password_reset(email=email, origin=origin_of(http_request(request)))
        detail = _("If this address has an account, a mail with a link is on its way. The link is good for one hour.")
        return Response({"detail": detail}, status=202)

    @extend_schema(
        request=PasswordResetConfirmSerializer,
        responses={204: OpenApiResponse(description="The password is set; sign in with it.")},
        operation_id="auth_password_reset_confirm",
    )
    def confirm(self, request: Request) -> Response:
        """Set a new password by the token of the mailed link; everything signed in ends."""
        data = self.read(PasswordResetConfirmSerializer)
        with entry():
            user = reset_password(
                token=data["token"],
                new_password=data["new_password"],
                origin=origin_of(http_request(request)),
            )
        forgive_failures(user.email)
        return Response(status=204)


class VerificationViewSet(OpenViewSet):
    takes_idempotency_key = False

    @extend_schema(
        request=VerifyEmailSerializer,
        responses={204: OpenApiResponse(description="The address is verified; nobody is signed in by that.")},
        operation_id="auth_verify_email",
    )
    def verify(self, request: Request) -> Response:
        """Confirm an address by the token of the mailed link."""
        data = self.read(VerifyEmailSerializer)
        with entry():
            verify_email(token=data["token"], origin=origin_of(http_request(request)))
        return Response(status=204)

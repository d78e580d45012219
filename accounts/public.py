"""The door to accounts for other apps."""

from accounts.adapters.page_sessions import open_page_session
from accounts.enums import Channel, Locale, Role
from accounts.models import User
from accounts.models.user import known_timezones
from accounts.selectors.access_tokens import principal_of_token
from accounts.selectors.links import password_reset_link, verification_link
from accounts.selectors.live_credentials import (
    LiveCredential,
    living,
    sign_in_by_page_session,
    sign_in_by_token,
)
from accounts.selectors.people import administrator_ids, find_account, users_by_id, wants
from accounts.services.page_sessions import note_page_sign_in
from accounts.services.passwords import request_password_reset
from accounts.services.registration import admit_invited_person
from accounts.services.sessions import TokenPair, start_session

__all__ = [
    "Channel",
    "LiveCredential",
    "Locale",
    "Role",
    "TokenPair",
    "User",
    "administrator_ids",
    "admit_invited_person",
    "find_account",
    "known_timezones",
    "living",
    "note_page_sign_in",
    "open_page_session",
    "password_reset_link",
    "principal_of_token",
    "request_password_reset",
    "sign_in_by_page_session",
    "sign_in_by_token",
    "start_session",
    "users_by_id",
    "verification_link",
    "wants",
]

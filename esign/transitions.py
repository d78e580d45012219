"""The life cycles of esign as data: (state, action) → state."""

from esign.enums import EnvelopeStatus as E
from esign.enums import SignerStatus as S

ENVELOPE: dict[tuple[E, str], E] = {
    (E.CREATED, "send"): E.SENT,
    (E.SENT, "view"): E.IN_PROGRESS,
    (E.IN_PROGRESS, "view"): E.IN_PROGRESS,
    (E.SENT, "sign"): E.IN_PROGRESS,
    (E.IN_PROGRESS, "sign"): E.IN_PROGRESS,
    (E.IN_PROGRESS, "complete"): E.COMPLETED,
    (E.SENT, "decline"): E.DECLINED,
    (E.IN_PROGRESS, "decline"): E.DECLINED,
    (E.SENT, "expire"): E.EXPIRED,
    (E.IN_PROGRESS, "expire"): E.EXPIRED,
    (E.CREATED, "void"): E.VOIDED,
    (E.SENT, "void"): E.VOIDED,
    (E.IN_PROGRESS, "void"): E.VOIDED,
    (E.SENT, "remind"): E.SENT,
    (E.IN_PROGRESS, "remind"): E.IN_PROGRESS,
    (E.SENT, "resend"): E.SENT,
    (E.IN_PROGRESS, "resend"): E.IN_PROGRESS,
    (E.SENT, "correct"): E.SENT,
    (E.IN_PROGRESS, "correct"): E.IN_PROGRESS,
    (E.SENT, "delegate"): E.IN_PROGRESS,
    (E.IN_PROGRESS, "delegate"): E.IN_PROGRESS,
}
ENVELOPE_ACTIONS = (
    "send", "view", "sign", "complete", "decline", "expire", "void", "remind", "resend", "correct", "delegate",
)  # fmt: skip

# Once the last signature is recorded only the seal may follow.
AFTER_ALL_SIGNED = frozenset({"complete", "view"})

SIGNER: dict[tuple[S, str], S] = {
    (S.WAITING, "notify"): S.NOTIFIED,
    (S.NOTIFIED, "view"): S.VIEWED,
    (S.VIEWED, "view"): S.VIEWED,
    (S.NOTIFIED, "sign"): S.SIGNED,
    (S.VIEWED, "sign"): S.SIGNED,
    (S.NOTIFIED, "decline"): S.DECLINED,
    (S.VIEWED, "decline"): S.DECLINED,
    (S.NOTIFIED, "resend"): S.NOTIFIED,
    (S.VIEWED, "resend"): S.VIEWED,
    # Whoever comes instead has not seen the document yet.
    (S.WAITING, "correct"): S.WAITING,
    (S.NOTIFIED, "correct"): S.NOTIFIED,
    (S.VIEWED, "correct"): S.NOTIFIED,
    (S.NOTIFIED, "delegate"): S.DELEGATED,
    (S.VIEWED, "delegate"): S.DELEGATED,
}
SIGNER_ACTIONS = ("notify", "view", "sign", "decline", "resend", "correct", "delegate")


def envelope_sources(action: str) -> list[str]:
    """The states from which `action` is possible."""
    return sorted(state.value for state, known in ENVELOPE if known == action)

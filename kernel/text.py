"""Text that people send: NFC-normalised, without control characters, never longer than stated."""

import re
import unicodedata

from django.utils.translation import gettext as _

# Control characters and lone surrogates (Unicode's categories Cc and Cs); Unicode "tag" characters and the bidirectional
# overrides, which can hide or reorder text from a reader (UTS #39).
_REFUSED = r"\x7f-\x9f\ud800-\udfff\U000e0000-\U000e007f\u202a\u202b\u202d\u202e\u2066-\u2068\ufeff"
_REFUSED_IN_LINE = re.compile(rf"[\x00-\x1f{_REFUSED}]")
_REFUSED_IN_TEXT = re.compile(rf"[\x00-\x08\x0b-\x1f{_REFUSED}]")

_LINE_ENDS = {0x0D: "\n", 0x2028: "\n", 0x2029: "\n"}


class TextError(ValueError):
    """The text cannot be taken; the message says why, `code` for machines."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def clean_text(value: str, *, max_length: int, multiline: bool = False) -> str:
    """`value` in NFC, outer white space removed, line ends as \\n.

    Raises TextError for NUL and control characters (tabs and line ends are fine where `multiline`), lone surrogates,
    invisible tag and direction-override characters, and for more than `max_length` characters.
    """
    if len(value) > max_length * 4 + 16:  # do not normalise megabytes only to refuse them
        raise TextError("max_length", _("At most %(count)d characters are possible.") % {"count": max_length})
    text = value.replace("\r\n", "\n").translate(_LINE_ENDS)
    if found := (_REFUSED_IN_TEXT if multiline else _REFUSED_IN_LINE).search(text):
        raise TextError(
            "control_characters",
            _("The text contains a character that cannot be shown (U+%(code)04X); remove it.")
            % {"code": ord(found.group())},
        )
    text = unicodedata.normalize("NFC", text).strip()
    if len(text) > max_length:
        raise TextError(
            "max_length",
            _("At most %(count)d characters are possible; this has %(given)d.")
            % {"count": max_length, "given": len(text)},
        )
    return text

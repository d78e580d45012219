"""Text that people send: NFC-normalised, without control characters, never longer than stated."""

import unicodedata

from django.utils.translation import gettext as _

# Unicode "tag" characters and the bidirectional overrides can hide or reorder text from a reader (UTS #39).
_HIDDEN = {*range(0xE0000, 0xE0080), 0x202A, 0x202B, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0xFEFF}

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
    text = value.translate(_LINE_ENDS) if "\r" not in value else value.replace("\r\n", "\n").translate(_LINE_ENDS)
    for character in text:
        if character in "\n\t" and multiline:
            continue
        category = unicodedata.category(character)
        if category in {"Cc", "Cs"} or ord(character) in _HIDDEN:
            raise TextError(
                "control_characters",
                _("The text contains a character that cannot be shown (U+%(code)04X); remove it.")
                % {"code": ord(character)},
            )
    text = unicodedata.normalize("NFC", text).strip()
    if len(text) > max_length:
        raise TextError(
            "max_length",
            _("At most %(count)d characters are possible; this has %(given)d.")
            % {"count": max_length, "given": len(text)},
        )
    return text

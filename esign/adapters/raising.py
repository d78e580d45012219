"""One step towards the level aimed at: first a time stamp, then the validation material and a time stamp over it."""

from typing import Any

from esign.adapters import seal
from esign.adapters.outgoing import OutgoingError
from esign.adapters.revocation import NoRevocationDataError, gather
from esign.adapters.timestamps import TimestampError
from esign.errors import SealError

ORDER = ("", "B-B", "B-T", "B-LT", "B-LTA")


class NotNowError(Exception):
    """Nothing was gained this time; a later attempt may. The text is a reason for the record."""


class NeverError(Exception):
    """No later attempt can reach more. The text is a reason for the record."""


def raise_level(pdf: bytes) -> tuple[bytes, dict[str, Any]]:
    """The extended file, and what the validator says of it: valid, and of a higher level than before.

    Raises NotNowError, NeverError.
    """
    before = seal.check(pdf)
    if not before["is_valid"]:
        raise NeverError(f"the stored file is not valid: {before['reason']}"[:100])
    try:
        material = gather(before["paths"]) if before["level"] != "B-B" else None
        extended = seal.extend(pdf, material)
        after = seal.validate(extended)
    except NoRevocationDataError as error:
        raise NeverError("no revocation data is offered for its certificates") from error
    except OutgoingError as error:
        raise NotNowError(f"revocation data: {error}") from error
    except TimestampError as error:
        raise NotNowError(f"time stamp: {error.reason}") from error
    except SealError as error:
        raise NotNowError("the extended file did not validate") from error
    if ORDER.index(after["level"]) <= ORDER.index(before["level"]):
        raise NotNowError("the validator sees no higher level")
    return extended, after

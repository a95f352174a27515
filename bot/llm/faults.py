"""Names what went wrong with a model: any error of any library becomes one of our faults.

Whatever the server or its library does, the seam catches `Exception` and asks here; two of the
kinds seen in practice (a page instead of JSON, an answer without choices) share no family.
"""

from __future__ import annotations

import re

from bot.llm.chat import Fault

_TOO_LONG = re.compile(r"context (?:length|size|window)|maximum context|too many tokens", re.I)
_BY_CODE = {
    "insufficient_quota": Fault.QUOTA,
    "billing_hard_limit_reached": Fault.QUOTA,
    "context_length_exceeded": Fault.CONTEXT,
    "content_filter": Fault.CONTENT_FILTER,
    "model_not_found": Fault.NOT_FOUND,
    "invalid_api_key": Fault.AUTH,
}
_BY_STATUS = {
    401: Fault.AUTH,
    403: Fault.AUTH,
    404: Fault.NOT_FOUND,
    408: Fault.TIMEOUT,
    429: Fault.RATE_LIMITED,
}
# Read by the names of all classes an error descends from: two major versions of the client
# spell them alike, and nothing has to be imported to look.
_BY_FAMILY = (
    ("Timeout", Fault.TIMEOUT),
    ("Connect", Fault.CONNECTION),
    ("RateLimit", Fault.RATE_LIMITED),
    ("Authentication", Fault.AUTH),
)


def fault_of(error: BaseException) -> Fault:
    """Return the fault an error stands for; what nobody foresaw is `Fault.UNREADABLE`."""
    code = getattr(error, "code", None)
    if isinstance(code, str) and code in _BY_CODE:
        return _BY_CODE[code]
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return _of_status(status, str(error))
    families = [one.__name__ for one in type(error).__mro__]
    for word, fault in _BY_FAMILY:
        if any(word in family for family in families):
            return fault
    return Fault.UNREADABLE


def _of_status(status: int, text: str) -> Fault:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return Fault.SERVER
    return Fault.CONTEXT if _TOO_LONG.search(text) else Fault.REJECTED

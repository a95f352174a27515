"""The account that the bench pretends to have with Twilio, and how Twilio signs its forms."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

ACCOUNT_SID, AUTH_TOKEN = "AC" + "be" * 16, "bench-auth-token"
PUBLIC_URL, SMS_NUMBER = "https://bench.example.com", "+15550100"


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """Return the signature of a form that is posted to ``url``."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), hashlib.sha1)).decode()

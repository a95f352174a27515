"""Fetches files that users sent through Twilio: only from Twilio's hosts, only so large."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from bot.channels.quiet_logs import quiet_client_logs
from bot.channels.twilio_client import TwilioAccount
from core.messaging.channel import FileTooLarge, FileUnavailable

# The address comes in a signed form, but a user's own server must never be fetched from here.
_HOSTS = (".twilio.com", ".twiliocdn.com")
_REDIRECTS = 3
_TIMEOUT = httpx.Timeout(20.0, connect=5.0)


class TwilioMedia:
    """A `FileSource` for the media addresses in Twilio's forms."""

    def __init__(self, account: TwilioAccount) -> None:
        quiet_client_logs()
        self._base = urlsplit(account.base_url.rstrip("/"))
        self._auth = httpx.BasicAuth(account.account_sid, account.auth_tokens[0])
        # Not compressed: a small answer must not unfold into a huge one.
        self._client = httpx.Client(timeout=_TIMEOUT, headers={"Accept-Encoding": "identity"})

    def fetch(self, ref: str, *, max_bytes: int) -> bytes:
        """Return the bytes of a media address; follows redirects on allowed hosts only."""
        url = ref
        for _ in range(_REDIRECTS + 1):
            self._check(url)
            try:
                with self._client.stream("GET", url, auth=self._auth_for(url)) as response:
                    if not response.is_redirect:
                        return _read(response, max_bytes)
                    url = str(response.url.join(response.headers["location"]))
            except (httpx.HTTPError, httpx.InvalidURL):
                raise FileUnavailable from None
        raise FileUnavailable

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _check(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            raise FileUnavailable from None
        if (parts.scheme, parts.netloc) == (self._base.scheme, self._base.netloc):
            return
        if parts.scheme != "https" or parts.port or not f".{host}".endswith(_HOSTS):
            raise FileUnavailable

    def _auth_for(self, url: str) -> httpx.BasicAuth | None:
        # The password goes to the API only, not to where it redirects.
        parts = urlsplit(url)
        ours = parts.netloc in {self._base.netloc, "api.twilio.com"}
        return self._auth if ours else None


def _read(response: httpx.Response, max_bytes: int) -> bytes:
    if response.status_code != 200:
        raise FileUnavailable
    told = response.headers.get("content-length", "")
    if told.isdigit() and int(told[:18]) > max_bytes:
        raise FileTooLarge(max_bytes=max_bytes)
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > max_bytes:
            raise FileTooLarge(max_bytes=max_bytes)
    return bytes(content)

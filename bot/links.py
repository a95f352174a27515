"""Signed, expiring links to files: nobody can guess one, and each ends by itself."""

from __future__ import annotations

from urllib.parse import quote

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

from core.messaging.outbound import Attachment

# A provider may fetch late; after this the link is dead even if it was never used.
_PROVIDER_SECONDS = 4 * 3600


# As long as what it confirms may wait, and a little longer than an offer to sign in at a bank.
_CONFIRM_SECONDS = 600
_BANK_SECONDS = 3600
_ASSISTANT_SECONDS = 600


class LinkSigner:
    """Makes and checks links."""

    def __init__(self, secret: str, base_url: str) -> None:
        """Sign with ``secret``; links begin with ``base_url``."""
        self._serializer = URLSafeTimedSerializer(secret, salt="file")
        self._confirming = URLSafeTimedSerializer(secret, salt="confirm")
        self._assistants = URLSafeTimedSerializer(secret, salt="assistant")
        self._banks = URLSafeTimedSerializer(secret, salt="bank")
        self._mail = URLSafeSerializer(secret, salt="mail")
        self._base_url = base_url.rstrip("/")

    def sign_attachment(self, attachment: Attachment) -> str:
        """Return a public link for a provider; it ends in the file's name, as users see it."""
        token = self._serializer.dumps(attachment.object_key)
        return f"{self._base_url}/files/{token}/{_last_part(attachment.name)}"

    def sign_key(self, key: str, name: str) -> str:
        """Return a link on this very server, for the web chat."""
        return f"/files/{self._serializer.dumps(key)}/{_last_part(name)}"

    def sign_approval(self, approval_id: str, place: str = "") -> str:
        """Return the link to the page that confirms one approval, at ``place`` if it is named."""
        return f"{self._base_url or place}/confirm/{self._confirming.dumps(approval_id)}"

    def open_approval(self, token: str) -> str | None:
        """Return the approval of a good link that is not over, or nothing."""
        try:
            approval_id: str = self._confirming.loads(token, max_age=_CONFIRM_SECONDS)
        except BadSignature:
            return None
        return approval_id

    def sign_bank(self, connection_id: str, place: str = "") -> str:
        """Return the link to the page that connects a bank, at ``place`` if it is named."""
        return f"{self._base_url or place}/bank/{self._banks.dumps(connection_id)}"

    def open_bank(self, token: str) -> str | None:
        """Return the connection of a good link that is not over, or nothing."""
        try:
            connection_id: str = self._banks.loads(token, max_age=_BANK_SECONDS)
        except BadSignature:
            return None
        return connection_id

    def sign_end_of_mail(self, outbox_id: str) -> str:
        """Return the link in a letter that ends such letters; it has no end itself."""
        if not self._base_url:
            return ""
        return f"{self._base_url}/mail/end/{self._mail.dumps(outbox_id)}"

    def open_end_of_mail(self, token: str) -> str | None:
        """Return the letter of a good link, or nothing."""
        try:
            outbox_id: str = self._mail.loads(token)
        except BadSignature:
            return None
        return outbox_id

    def sign_assistant(self, user_id: str, place: str = "") -> str:
        """Return the link to the page that makes a key for another assistant."""
        return f"{self._base_url or place}/assistant/{self._assistants.dumps(user_id)}"

    def open_assistant(self, token: str) -> str | None:
        """Return whose page a good link opens that is not over, or nothing."""
        try:
            user_id: str = self._assistants.loads(token, max_age=_ASSISTANT_SECONDS)
        except BadSignature:
            return None
        return user_id

    def open(self, token: str) -> str | None:
        """Return the object key of a good link, or nothing."""
        try:
            key: str = self._serializer.loads(token, max_age=_PROVIDER_SECONDS)
        except BadSignature:
            return None
        return key


def _last_part(name: str) -> str:
    """Write a file's name as one part of a path."""
    return quote(name.replace("/", "_"), safe="")

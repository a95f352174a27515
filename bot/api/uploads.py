"""Files that browsers send: kept under an unguessable key, claimed only by who sent them."""

from __future__ import annotations

import hmac
import mimetypes

from itsdangerous import BadSignature, URLSafeTimedSerializer

from bot.app import App
from bot.files import plain_name
from core.errors import FinanceError
from core.ids import UserId
from core.messaging.address import Address
from core.messaging.channel import FileUnavailable
from core.messaging.inbound import InboundFile
from core.messaging.mask import clean_text
from core.store.file_store import FileKind, StoredFile

# From sending a file to the message that names it; the page does both at once.
_CLAIM_SECONDS = 3600
_NAME_CHARACTERS = 100
# Of a key only the name's ending counts, and keys are short in the database.
_KEY_CHARACTERS = 20


class NobodysBooks(FinanceError):
    """A file was sent where no books are linked, so there is nothing to put it into."""

    code = "upload.not_linked"


class Uploads:
    """Keeps uploads and hands them over."""

    def __init__(self, app: App) -> None:
        """Keep files in the object store of ``app``."""
        self._app = app
        secret = app.database.master.signing_secret
        self._secret = secret.encode()
        self._signer = URLSafeTimedSerializer(secret, salt="upload")

    def keep(self, address: Address, name: str, content: bytes) -> str:
        """Keep a file and return the token that its sender, and nobody else, can claim it by."""
        app = self._app
        with app.database.reading() as uow:
            binding = uow.bindings.owner_of(address)
        if binding is None:
            raise NobodysBooks
        shown = clean_text(name)[-_NAME_CHARACTERS:]
        key = self.store(binding.user_id, shown, content)
        return str(self._signer.dumps([address.path, key, shown, len(content)]))

    def store(self, user_id: UserId, name: str, content: bytes) -> str:
        """Keep the bytes and what is known about them; return their key.

        The same file of the same user has the same key, which nobody else can work out.
        """
        app = self._app
        digest = hmac.new(self._secret, user_id.encode(), "sha256")
        digest.update(content)
        key = f"upload/{digest.hexdigest()[:32]}/{plain_name(name[-_KEY_CHARACTERS:])}"
        app.objects.put(key, content)
        file = StoredFile(
            key=key,
            user_id=user_id,
            kind=FileKind.UPLOAD,
            name=name,
            media_type=media_type(name),
            size=len(content),
            created_at=app.clock.now(),
        )
        with app.database.work() as uow:
            uow.files.add(file)
            uow.commit()
        return key

    def claim(self, token: str, address: Address) -> InboundFile:
        """Return the file behind a token; raise `FileUnavailable` for anybody else's."""
        try:
            path, key, name, size = self._signer.loads(token, max_age=_CLAIM_SECONDS)
        except (BadSignature, ValueError):
            raise FileUnavailable from None
        if path != address.path:
            raise FileUnavailable
        return InboundFile(ref=key, name=name, media_type=media_type(name), size=size)


def media_type(name: str) -> str:
    """Return the media type that a file's name promises."""
    return mimetypes.guess_type(name, strict=True)[0] or "application/octet-stream"

"""Letters by SMTP: one connection a letter, and never a second try of what may have been taken."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Literal

from core.connect.mail import Letter
from core.connect.mail_text import message_id, reason_of, written
from core.messaging.channel import Reason, SendError, send_error

_SECONDS = 20.0
_NOBODY = frozenset({550, 551, 553})


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where letters are handed over, and as whom. ``security`` is never done without silently."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: str
    password: str
    sender: str


class SmtpMail:
    """Hands letters to an SMTP server (RFC 5321)."""

    is_demo = False

    def __init__(
        self, server: SmtpServer, now: Callable[[], datetime], *, seconds: float = _SECONDS
    ) -> None:
        """Talk to ``server``; no step takes longer than ``seconds``."""
        self._server = server
        self._now = now
        self._seconds = seconds

    def post(self, letter: Letter) -> str:
        """Hand the letter over: until its text goes out, every failure means that it did not."""
        content = bytes(written(letter, self._server.sender, self._now()))
        client = self._connected()
        try:
            self._address(client, letter.to)
            _hand_over(client, content)
        finally:
            _leave(client)
        return message_id(letter.key, self._server.sender)

    def _connected(self) -> smtplib.SMTP:
        """Connect, secure and sign in."""
        server = self._server
        client: smtplib.SMTP | None = None
        try:
            if server.security == "tls":
                context = ssl.create_default_context()
                client = smtplib.SMTP_SSL(
                    server.host, server.port, timeout=self._seconds, context=context
                )
            else:
                client = smtplib.SMTP(server.host, server.port, timeout=self._seconds)
            if server.security == "starttls":
                client.starttls(context=ssl.create_default_context())
            if server.username:
                client.login(server.username, server.password)
        except (smtplib.SMTPException, OSError) as error:
            if client is not None:
                _leave(client)
            raise _before(error) from None
        return client

    def _address(self, client: smtplib.SMTP, to: str) -> None:
        """Say who writes to whom; the server may refuse either."""
        try:
            client.ehlo_or_helo_if_needed()
            code, said = client.mail(parseaddr(self._server.sender)[1])
            if code != 250:
                raise _answered(code, said, refused=Reason.SENDER)
            code, said = client.rcpt(to)
            if code not in (250, 251):
                raise _answered(code, said, refused=Reason.REFUSED)
        except (smtplib.SMTPException, OSError) as error:
            raise _before(error) from None


def _hand_over(client: smtplib.SMTP, content: bytes) -> None:
    """Send the text: whoever breaks off here may have taken it."""
    try:
        code, said = client.data(content)
    except smtplib.SMTPDataError as error:
        raise _answered(
            error.smtp_code, _bytes(error.smtp_error), refused=Reason.FILTERED
        ) from None
    except TimeoutError:
        raise send_error(Reason.TIMED_OUT) from None
    except (smtplib.SMTPException, OSError):
        raise send_error(Reason.CONNECTION_LOST) from None
    if code != 250:
        raise _answered(code, said, refused=Reason.FILTERED)


def _before(error: Exception) -> SendError:
    """Say what a failure before the text means: certainly not sent."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return send_error(Reason.CREDENTIALS, code=str(error.smtp_code))
    if isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLError):
        return send_error(Reason.SENDER, code="no_tls")
    return send_error(Reason.NOT_CONNECTED)


def _answered(code: int, said: bytes, *, refused: Reason) -> SendError:
    """Say what an answer of the server means: 4xx is for later, 5xx is for good."""
    if code < 500:
        return send_error(Reason.QUEUE_FULL, code=str(code))
    words = said.decode("ascii", "replace").split()
    told = words[0] if words and words[0].startswith("5.") else ""
    if refused is Reason.SENDER:
        return send_error(Reason.SENDER, code=told or str(code))
    if told:
        return send_error(reason_of(told), code=told)
    if refused is Reason.REFUSED and code in _NOBODY:
        return send_error(Reason.BAD_ADDRESS, code=str(code))
    return send_error(Reason.TOO_LONG if code == 552 else refused, code=str(code))


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode()


def _leave(client: smtplib.SMTP) -> None:
    """Say goodbye; whatever happens now changes nothing."""
    try:
        client.quit()
    except (smtplib.SMTPException, OSError):
        client.close()

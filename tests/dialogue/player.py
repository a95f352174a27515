"""Plays the steps of a dialogue through the real handler and the real workers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from datetime import date, timedelta
from typing import Any

from bot.api import linking
from bot.confirming import confirm
from core.approvals.approval import Approval
from core.banks.connection import Connection
from core.connect.simulated_speech import demo_note
from core.connect.simulated_text_reader import demo_receipt
from core.conversation.context import Profile
from core.conversation.plan import Decide
from core.errors import FinanceError
from core.facts import Fact
from core.ids import UserId
from core.messaging.address import Address
from core.messaging.inbound import Accepted, InboundFile, InboundKind, InboundMessage
from core.messaging.mask import cleaned
from core.messaging.opt_out import classify_keyword
from core.subscriptions.followed import followed_facts
from core.users.preferences import Preferences
from core.users.user import UserUnknown
from tests.dialogue.around import happen
from tests.dialogue.households import book_own, open_own
from tests.dialogue.played import Played
from tests.dialogue.script import Dialogue, Step
from tests.dialogue.stage import HOUSEHOLDS, Stage, address, email_of
from tests.fakes.recording_channel import Sent
from tests.fakes.scripted_model import answering
from workers.inline import run_once, run_until_quiet
from workers.jobs import JOBS

# What runs by itself after a message: the delivery always, the rest after a word on an approval.
_DELIVERY = [job for job in JOBS if job.name == "deliver_urgent"]
_EXECUTION = [job for job in JOBS if job.name in ("execute_approved", "deliver_urgent")]
_WAIT = re.compile(r"(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_CODE = re.compile(r"\{code(?::([^}]+))?\}")


@dataclass(frozen=True, slots=True)
class User:
    """Whose books a chat shows at a moment, and how he wants them."""

    id: UserId
    preferences: Preferences


class Player:
    """One telling of a dialogue on one channel."""

    def __init__(self, stage: Stage, dialogue: Dialogue, profile: Profile) -> None:
        self.stage = stage
        self.dialogue = dialogue
        self.profile = profile
        self.past: list[Played] = []
        self._seen: dict[str, int] = {}
        self._token = ""
        self._whose: User | None = None
        stage.put_back(led=dialogue.is_led)
        self._user_id = self._household()
        self._events = 0

    @property
    def user_id(self) -> str:
        """Whose books the main chat shows: the household's, or the demo copy it opened."""
        return self._now().id

    @property
    def today(self) -> date:
        """The day on the user's wall calendar."""
        return self._now().preferences.today(self.stage.clock.now())

    @property
    def zone(self) -> str:
        """The zone in which the user reads times."""
        return self._now().preferences.zone

    def address(self, chat: str) -> Address:
        """Return where a chat of this telling is."""
        return address(self.profile, chat)

    def play(self) -> Iterator[Played]:
        """Do one step after the other; the caller looks at each before the next."""
        for step in self.dialogue.steps:
            played = Played(step)
            for _ in range(step.times):
                self._do(step, played)
                self._settle(played)
                self._whose = None
            self._collect(played)
            self.past.append(played)
            yield played

    def approvals(self) -> tuple[Approval, ...]:
        """Return the user's approvals, newest first."""
        with self.stage.app.database.reading() as uow:
            return uow.approvals.latest_for(UserId(self.user_id), 50)

    def followed_facts(self, approval: Approval) -> list[Fact]:
        """Return what is known of a cancellation that was sent: when it is looked at again."""
        with self.stage.app.database.reading() as uow:
            followed = uow.followed.find(approval.id)
            if followed is None:
                return []
            known = uow.subscriptions.find(followed.user_id, followed.subscription_id)
        return list(followed_facts(followed, known))

    def readings(self) -> list[tuple[Connection, list[str]]]:
        """Return the user's banks, each with what was counted in its readings."""
        with self.stage.app.database.reading() as uow:
            return [
                (one, [str(count) for log in uow.banks.log_of(one.id) for count in astuple(log)])
                for one in uow.banks.of(UserId(self.user_id))
            ]

    def _now(self) -> User:
        """Return whose the main chat is; whoever was forgotten wants nothing any more.

        It is read once after each thing that happens, however often a judge asks.
        """
        if self._whose is None:
            with self.stage.app.database.reading() as uow:
                binding = uow.bindings.owner_of(self.address("main"))
                user_id = UserId(binding.user_id if binding else self._user_id)
                try:
                    self._whose = User(user_id, uow.users.get(user_id).preferences)
                except UserUnknown:
                    self._whose = User(user_id, Preferences())
        return self._whose

    def pending_slot(self) -> str:
        """Return the slot of the open question, "" when none is open."""
        app = self.stage.app
        with app.database.reading() as uow:
            talk = uow.conversations.find(self.address("main"))
            state = uow.conversations.state(talk).fresh(app.clock.now()) if talk else None
        return state.pending.ask.slot if state and state.pending else ""

    def _household(self) -> str:
        app, dialogue = self.stage.app, self.dialogue
        if dialogue.household == "own":
            user_id = open_own(app, dialogue)
        else:
            name = dialogue.household if dialogue.household in HOUSEHOLDS else "maya"
            with app.database.reading() as uow:
                user_id = str(uow.users.by_email(email_of(name)).id)
        self._link(user_id)
        return user_id

    def _link(self, user_id: str) -> None:
        app, guest = self.stage.app, self.dialogue.household == "guest"
        others = "arjun" if self.dialogue.household != "arjun" else "maya"
        with app.database.work() as uow:
            theirs = uow.users.by_email(email_of(others)).id
            owners = {"other": UserId(user_id), "theirs": theirs}
            if any(step.chat == "second" for step in self.dialogue.steps):
                owners["second"] = UserId(user_id)
            if not guest:
                owners["main"] = UserId(user_id)
            for chat, owner in owners.items():
                uow.bindings.link(owner, self.address(chat), now=app.clock.now(), ids=app.ids)
            if self.dialogue.preferences and self.dialogue.household != "own":
                user = uow.users.get(UserId(user_id))
                wished = replace(user.preferences, **self.dialogue.preferences)
                uow.users.set_preferences(user.id, wished)
            uow.commit()
        book_own(app, UserId(user_id), self.dialogue)

    def _do(self, step: Step, played: Played) -> None:
        if step.link:
            self._issue_token(step)
        if self.dialogue.is_led:
            self.stage.model.obey(answering(step.model))
        for happens, do in (
            (step.say is not None, self._say),
            (step.voice, self._speak),
            (step.photo, self._show),
            (step.press, self._press),
            (step.pick, self._pick),
            (step.file, self._send_file),
            (step.sends, self._send_kind),
            (step.wait, self._wait),
            (step.work, self._work),
            (step.charge, self._around),
            (step.row, self._around),
            (step.bank, self._around),
            (step.pin, self._confirm),
            (step.joined, self._join),
        ):
            if happens:
                do(step, played)
                self._whose = None

    def _speak(self, step: Step, played: Played) -> None:
        """Send a recording; what is said in it are the user's own words."""
        words = self.with_codes(step.voice)
        played.said = f"{played.said} {words}"
        content = demo_note(words, seconds=0.1)
        files = (self._stored("note.ogg", content, "audio/ogg"),)
        self._send(step, played, kind=InboundKind.VOICE, files=files)

    def _show(self, step: Step, played: Played) -> None:
        """Send a photo of a receipt: foreign text, whose figures the user has not typed."""
        files = (self._stored("receipt.png", demo_receipt(step.photo), "image/png"),)
        self._send(step, played, kind=InboundKind.PICTURE, files=files, text=step.caption)

    def _pick(self, step: Step, played: Played) -> None:
        self._send(step, played, text=self._number_of(step.pick))

    def _send_kind(self, step: Step, played: Played) -> None:
        self._send(step, played, kind=InboundKind(step.sends))

    def _wait(self, step: Step, _played: Played) -> None:
        found = _WAIT.fullmatch(step.wait)
        assert found, step.wait
        self.stage.clock.advance(timedelta(**{_UNITS[found[2]]: int(found[1])}))

    def _say(self, step: Step, played: Played) -> None:
        assert step.say is not None
        text = self.with_codes(step.say)
        if step.fill:
            text = (text * step.fill)[: step.fill]
        self._send(step, played, text=text)

    def with_codes(self, text: str) -> str:
        """Put in the code of the newest proposal, or of the newest one for a subscription."""

        def code(found: re.Match[str]) -> str:
            wanted = found[1]
            approvals = self.approvals()
            named = [one for one in approvals if not wanted or one.payload["name"] == wanted]
            assert named, f"no approval for {wanted or 'anything'}"
            return named[0].code

        return _CODE.sub(code, text.replace("{token}", self._token))

    def _press(self, step: Step, played: Played) -> None:
        """Press a button by its label; where there are no buttons, type what stands for it."""
        sent = self._last_sent(step.chat)
        for number, choice in enumerate(sent.message.choices):
            if choice.label == step.press:
                button = f"{sent.key}/{number}"
                self._send(step, played, text=choice.label, kind=InboundKind.BUTTON, button=button)
                return
        assert not sent.message.choices, f"no button {step.press!r} under {sent.message.text!r}"
        self._send(step, played, text=self._number_of(step.press))

    def _number_of(self, words: str) -> str:
        """Return the number before a line or an option, as the user reads it."""
        sent = self._last_sent("main")
        labels = [choice.label for choice in sent.message.choices]
        for line in sent.message.text.replace("\xa0", " ").splitlines():
            number, mark, label = line.partition(") ")
            if mark and number.isdigit() and words in label:
                return number
        for place, label in enumerate(labels, start=1):
            if words in label:
                return str(place)
        raise AssertionError(f"no line with {words!r} in {sent.message.text!r}")

    def _last_sent(self, chat: str) -> Sent:
        where = self.address(chat)
        return [one for one in self.stage.channels[where.channel].sent if one.address == where][-1]

    def _send_file(self, step: Step, played: Played) -> None:
        """Put the file where a web upload waits; on other channels it is fetched from there."""
        file = self._stored(step.file["name"], step.file["text"].encode(), "text/csv")
        self._send(step, played, kind=InboundKind.FILE, files=(file,))

    def _stored(self, name: str, content: bytes, media_type: str) -> InboundFile:
        key = f"upload/{self.stage.app.ids.new('file')}/{name}"
        self.stage.app.objects.put(key, content)
        return InboundFile(ref=key, name=name, media_type=media_type, size=len(content))

    def _send(self, step: Step, played: Played, **message: Any) -> None:
        self._events += 1
        text = message.get("text", "")
        inbound = InboundMessage(
            provider_event_id=f"event-{self._events}",
            address=self.address(step.chat),
            kind=message.pop("kind", InboundKind.TEXT),
            handle=f"m-{self._events}",
            forwarded=step.forwarded,
            edited=step.edited,
            keyword=classify_keyword(text) if self.profile is Profile.SMS else None,
            reply_to=self._message_about(step.reply_to) if step.reply_to else None,
            **message,
        )
        played.said = f"{played.said} {text}"
        app = self.stage.app
        for _ in range(2 if step.twice else 1):
            with app.database.work() as uow:
                stored = uow.inbox.add(cleaned(inbound), now=app.clock.now(), ids=app.ids)
                uow.commit()
            if isinstance(stored, Accepted):
                report = self.stage.handler.handle(stored.inbound_id)
                assert report is not None, "the message was not handled"
                played.reports.append(report)

    def _message_about(self, said: str) -> str:
        """Return the provider's id of the answer to something said before."""
        played = next(one for one in reversed(self.past) if one.said.strip() == said)
        outbox_id = played.reports[-1].outbox_id
        for channel in self.stage.channels.values():
            for number, sent in enumerate(channel.sent, start=1):
                if sent.key == outbox_id:
                    return f"{outbox_id}-{number}"
        raise AssertionError(f"{said!r} was not answered")

    def _issue_token(self, step: Step) -> None:
        app, where = self.stage.app, self.address(step.chat)
        self._token = app.ids.token()
        with app.database.work() as uow:
            uow.bindings.issue_link(
                UserId(self._user_id), where.channel, self._token, now=app.clock.now()
            )
            uow.commit()

    def _around(self, step: Step, _played: Played) -> None:
        happen(self.stage, UserId(self.user_id), step)

    def _confirm(self, step: Step, _played: Played) -> None:
        """Type a PIN on the page that confirms the newest request."""
        app = self.stage.app
        with suppress(FinanceError):
            confirm(app, self.approvals()[0].id, step.pin, is_right=_is_pin)
        run_until_quiet(self.stage.jobs, _EXECUTION)

    def _join(self, step: Step, _played: Played) -> None:
        """Type the PIN on the page, in the signed-in browser, that confirms the claimed link."""
        app, user_id = self.stage.app, UserId(self._user_id)
        for request in linking.claimed(app, user_id):
            with suppress(FinanceError):
                linking.confirm_link(
                    app, user_id, request.token_hash, step.joined, is_right=_is_pin
                )
        run_once(self.stage.jobs, _DELIVERY)

    def _work(self, step: Step, _played: Played) -> None:
        names = step.work
        jobs = [job for job in JOBS if job.name in names or "all" in names]
        assert jobs, f"no such jobs: {names}"
        run_until_quiet(self.stage.jobs, [*jobs, *_EXECUTION])

    def _settle(self, played: Played) -> None:
        """Let the workers do what a message set off."""
        if not played.reports:
            return
        plans = [report.reply.plan for report in played.reports]
        decided = any(isinstance(step, Decide) for plan in plans if plan for step in plan.steps)
        if decided and not played.step.hold:
            run_until_quiet(self.stage.jobs, _EXECUTION)
        else:
            run_once(self.stage.jobs, _DELIVERY)

    def _collect(self, played: Played) -> None:
        """Take what was sent since the step before, chat by chat."""
        for chat in ("main", "other", "stranger", "theirs", "second"):
            where = self.address(chat)
            sent = [one for one in self.stage.channels[where.channel].sent if one.address == where]
            new = [one.message for one in sent[self._seen.get(chat, 0) :]]
            self._seen[chat] = len(sent)
            if chat == played.step.chat:
                played.replies = new
            elif new:
                played.elsewhere[chat] = new


def _is_pin(kept: str, given: str) -> bool:
    """Compare PINs as they are: hashing them slowly is another test's business."""
    return kept == given

"""The composition root: settings in, a wired application out. Nothing else knows all the parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING

from bot.channels.accept import GroupAccept
from bot.channels.catalog import (
    Catalog,
    Outside,
    TelegramSettings,
    TwilioSettings,
    open_catalog,
)
from bot.channels.courtesy import Courtesy
from bot.channels.quiet_logs import quiet_client_logs
from bot.channels.reviews import open_reviews
from bot.channels.web import Hub, TranscriptChannel
from bot.demo import DemoBooks
from bot.dialogue.handler import DialogueHandler
from bot.dialogue.holding import Holding
from bot.dialogue.kit import DialogueKit
from bot.files import FileFetcher
from bot.keys import check_master_key, master_key
from bot.links import LinkSigner
from bot.logs import set_up_logging
from bot.providers import banks, listed, mail_carrier, price_sources, rate_sources
from bot.receipts import StoredReceipts
from bot.senses import open_ears, open_eyes
from bot.understanding import Understanding
from core.clock import Clock, FixedClock, SystemClock
from core.connect.objects import FolderObjectStore
from core.connect.simulated_cancellation import BEHAVIOURS, SimulatedCancellation
from core.connect.simulated_issuer import SimulatedIssuer
from core.connect.simulated_rail import SimulatedRail
from core.failpoints import Point, arm, reach
from core.ids import Ids, SystemIds
from core.learning.night_school import NightSchool
from core.learning.sleeping_model import SleepingModel
from core.messaging.address import ChannelName
from core.messaging.channel import Channel
from core.messaging.inbound import Accepted, InboundMessage, StatusUpdate, Stored
from core.messaging.opt_out import Keyword
from core.messaging.outbound import Attachment
from core.messaging.pace import Pace
from core.rate_limits import Limiters, LocalLimiter
from core.settings import Settings, fixed_now, load_settings
from core.store.inbox_store import received_at
from core.store.migrate import migrate
from core.store.unit_of_work import Database
from core.users.preferences import Preferences
from core.wake import Wake
from intents.languages import OfflinePlanners
from intents.spoken import spoken_language
from intents.words import command_words
from prompts.phrasebook import Phrasebook, languages
from tools.catalog import open_registry
from tools.context import Installation, Support
from tools.runner import Runner
from workers.actions import Action
from workers.cancel import CancelSubscription
from workers.card_changes import ChangeCard
from workers.close_bank import CloseBank
from workers.context import JobContext, Narrator
from workers.erase import EraseData
from workers.exchange import ExchangeMoney
from workers.inline import Bells
from workers.mail_address import AddEmail
from workers.pay import AddContact, SendMoney
from workers.reported import take_report

_SCREENS = (ChannelName.WEB, ChannelName.TERMINAL)


if TYPE_CHECKING:
    from bot.dialogue.lead import Leader


@dataclass(frozen=True, slots=True)
class App:
    """Everything wired together; `close` ends it."""

    settings: Settings
    database: Database
    clock: Clock
    ids: Ids
    runner: Runner
    handler: DialogueHandler
    jobs: JobContext
    bells: Bells
    catalog: Catalog
    hub: Hub
    objects: FolderObjectStore
    links: LinkSigner
    demo: DemoBooks
    accept: GroupAccept
    record_status: Callable[[StatusUpdate], None]
    phrasebook: Callable[[str], Phrasebook]
    understanding: Understanding
    limiters: Limiters
    closing: ExitStack

    def close(self) -> None:
        """Close channels, the writer and the database."""
        self.closing.close()


def open_app(
    settings: Settings | None = None,
    *,
    at: datetime | None = None,
    wake: Wake | None = None,
) -> App:
    """Wire an application; ``at`` stops its clock (``ask --at``)."""
    settings = settings or load_settings()
    closing = _begin(settings)
    fixed = at or fixed_now(settings)
    clock: Clock = FixedClock(fixed) if fixed else SystemClock()
    database = _open_database(settings, clock)
    closing.callback(database.close)
    bells = Bells()
    parts = _Parts(settings, database, clock, SystemIds(), wake or bells)
    links = parts.links
    hub = Hub()
    catalog = _catalog(settings, clock, parts.objects, links)
    closing.callback(catalog.close)
    channels: dict[ChannelName, Channel] = dict(catalog.channels)
    channels |= {name: TranscriptChannel(name, database, clock, hub) for name in _SCREENS}
    handler = DialogueHandler(parts.dialogue(catalog, Courtesy(database, channels)))
    accept = GroupAccept(
        lambda batch: store_batch(database, clock, parts.ids, batch),
        after_commit=lambda: parts.wake.ring("turns"),
    )
    closing.callback(accept.close)
    jobs = parts.jobs(channels, handler)
    return App(
        settings=settings,
        database=database,
        clock=clock,
        ids=parts.ids,
        runner=parts.runner,
        handler=handler,
        jobs=jobs,
        bells=bells,
        catalog=catalog,
        hub=hub,
        objects=parts.objects,
        links=links,
        demo=parts.demo,
        accept=accept,
        record_status=partial(_record_status, jobs),
        phrasebook=parts.phrasebook,
        understanding=parts.understanding,
        limiters=parts.limiters,
        closing=closing,
    )


def _begin(settings: Settings) -> ExitStack:
    """Set up what belongs to the whole process; the stack ends it."""
    set_up_logging(settings.logs.level, settings.logs.form)
    quiet_client_logs()  # they log addresses with tokens in them
    arm(settings.testing.failpoint)
    closing = ExitStack()
    if settings.telemetry.endpoint:
        # Without a collector nothing of it is even loaded.
        from bot.telemetry import sending

        closing.enter_context(sending(settings.telemetry))
    return closing


class _Parts:
    """What several others are made of."""

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, ids: Ids, wake: Wake
    ) -> None:
        self.settings = settings
        self.database = database
        self.clock = clock
        self.ids = ids
        self.wake = wake
        self.limiters = _limiters(settings)
        self.objects = FolderObjectStore(settings.files.folder)
        self.links = LinkSigner(database.master.signing_secret, settings.public_base_url)
        support = Support(settings.support.contact, settings.support.hours)
        self.runner = Runner(
            open_registry(),
            database,
            ids,
            self.objects,
            languages=languages(),
            installation=Installation(
                pays=settings.payments.rail != "none",
                has_model=settings.model.is_on or settings.voice.is_on,
                address=(settings.public_base_url or _own_place(settings)).rstrip("/"),
                is_public=bool(settings.public_base_url),
                support=support,
                mails=settings.mail.carrier != "none",
                bank="" if settings.bank.provider == "none" else settings.bank.provider,
                bank_link=partial(self.links.sign_bank, place=_own_place(settings)),
                assistant_link=partial(self.links.sign_assistant, place=_own_place(settings)),
            ),
        )
        self.banks = banks(settings, clock)
        self.demo = DemoBooks(database, clock, ids, settings.demo.max_copies)
        self.phrasebook = lru_cache(maxsize=8)(partial(Phrasebook.load, strict=False))
        self.understanding = Understanding(settings.files.folder.parent / "understanding")

    def dialogue(self, catalog: Catalog, courtesy: Courtesy) -> DialogueKit:
        """Return the parts of the dialogue."""
        settings = self.settings
        base = settings.public_base_url
        most = settings.files.max_upload_bytes
        return DialogueKit(
            database=self.database,
            clock=self.clock,
            ids=self.ids,
            runner=self.runner,
            planners=(OfflinePlanners(self.runner.registry, self.understanding.recogniser),),
            words=command_words(),
            hear=_hear,
            phrasebook=self.phrasebook,
            wake=self.wake,
            courtesy=courtesy,
            holding=Holding(self.database, self.clock),
            fetch_file=FileFetcher(catalog.files, self.objects, self.ids, most),
            open_demo=self.demo.open_copy if settings.demo.enabled else None,
            link_page=f"{base}/link" if base else "",
            confirm_link=partial(self.links.sign_approval, place=_own_place(settings)),
            leader=self.leader,
            ears=open_ears(settings),
            eyes=open_eyes(settings),
        )

    @cached_property
    def leader(self) -> Leader | None:
        """What plans with a language model; without one nothing of it is even loaded."""
        if not self.settings.model.is_on:
            return None
        from bot.leading import open_leader

        return open_leader(
            self.settings.model, self.runner, self.database, self.clock, self.phrasebook
        )

    def narrator(self) -> Narrator | None:
        """Return who words papers, where a language model is set up."""
        if self.leader is None:
            return None
        from bot.leading import open_narrator

        return open_narrator(self.leader, self.database, self.clock, self.phrasebook)

    def jobs(self, channels: dict[ChannelName, Channel], handler: DialogueHandler) -> JobContext:
        """Return the world of the workers' jobs."""
        twilio = self.settings.twilio
        return JobContext(
            database=self.database,
            clock=self.clock,
            ids=self.ids,
            channels=channels,
            wake=self.wake,
            words=self.phrasebook,
            objects=self.objects,
            handler=handler,
            actions=_actions(self),
            banks=self.banks,
            rates=rate_sources(self.settings),
            prices=price_sources(self.settings),
            learner=NightSchool(),
            narrator=self.narrator(),
            content_ids=twilio.content_ids,
            reviews=open_reviews(
                twilio.account_sid, twilio.auth_token.get_secret_value(), twilio.content_base_url
            ),
            registered_texts=listed(twilio.dlt_registered),
            address=self.settings.public_base_url.rstrip("/"),
            pace=Pace(
                self.limiters,
                {
                    ChannelName.TELEGRAM: self.settings.telegram.unasked_a_second,
                    ChannelName.SMS: self.settings.twilio.unasked_a_second,
                    ChannelName.WHATSAPP: self.settings.twilio.unasked_a_second,
                },
            ).wait,
            end_of_mail=self.links.sign_end_of_mail,
        )


def _hear(text: str, own: str) -> str:
    """Return the language to answer in; one that we do not speak is nobody's own here."""
    offered = languages()
    home = own if own in offered else Preferences().language
    return spoken_language(text, home=home, offered=offered)


def _own_place(settings: Settings) -> str:
    """Return where this very server answers, for installations without a public address."""
    return f"http://{settings.web.host}:{settings.web.port}"


def _open_database(settings: Settings, clock: Clock) -> Database:
    """Open and migrate the database; the wrong master key stops the start."""
    database = Database.open(settings.database.url, master_key(settings), SleepingModel())
    migrate(database.engine)
    check_master_key(database)
    _first_start(database, clock)
    return database


def _limiters(settings: Settings) -> Limiters:
    """Return what counts limits: Redis for all processes, or this one for itself."""
    if not settings.redis.url:
        return LocalLimiter
    from workers.redis_limits import RedisLimiters

    return RedisLimiters(settings.redis.url, processes=settings.web.processes)


def _first_start(database: Database, clock: Clock) -> None:
    with database.work() as uow:
        uow.users.ensure_system_key(now=clock.now())
        uow.commit()


def _catalog(
    settings: Settings, clock: Clock, objects: FolderObjectStore, links: LinkSigner
) -> Catalog:
    telegram, twilio = None, None
    if settings.telegram.token.get_secret_value():
        telegram = TelegramSettings(
            settings.telegram.token.get_secret_value(),
            settings.telegram.base_url,
            settings.telegram.webhook_secret.get_secret_value(),
        )
    if settings.twilio.account_sid:
        tokens = (settings.twilio.auth_token, settings.twilio.auth_token_next)
        twilio = TwilioSettings(
            settings.twilio.account_sid,
            tuple(token.get_secret_value() for token in tokens if token.get_secret_value()),
            settings.twilio.base_url,
            settings.twilio.messaging_service_sid or settings.twilio.sms_from,
            settings.twilio.whatsapp_from,
        )

    def load_file(attachment: Attachment) -> bytes:
        return objects.get(attachment.object_key)

    mail = mail_carrier(settings, clock)
    outside = Outside(settings.public_base_url, load_file, links.sign_attachment, mail)
    return open_catalog(telegram=telegram, twilio=twilio, outside=outside)


def _actions(parts: _Parts) -> dict[str, Action]:
    database, clock, banks = parts.database, parts.clock, parts.banks
    provider = SimulatedCancellation(StoredReceipts(database, clock), BEHAVIOURS, clock.now)
    actions: tuple[Action, ...] = (
        CancelSubscription(provider),
        ExchangeMoney(database, clock),
        ChangeCard(SimulatedIssuer(), database, clock),
        EraseData(database, clock),
        SendMoney(database, clock, SimulatedRail(StoredReceipts(database, clock), clock.now)),
        AddContact(database, clock),
        AddEmail(parts.ids, parts.phrasebook),
        CloseBank(banks, database),
    )
    return {action.name: action for action in actions}


def store_batch(
    database: Database, clock: Clock, ids: Ids, batch: Sequence[InboundMessage]
) -> tuple[Stored, ...]:
    """Store what came in (T1), all or nothing; whoever posted it is answered after that."""
    with database.work() as uow:
        now = clock.now()
        stored = uow.inbox.add_many(batch, now=now, ids=ids)
        for place, (message, outcome) in enumerate(zip(batch, stored, strict=True)):
            if message.keyword is Keyword.STOP and isinstance(outcome, Accepted):
                # Before anything else: also before the messages that came earlier and still wait.
                uow.bindings.stop(message.address, at=received_at(now, place))
        reach(Point.T1_UNSTORED)
        uow.commit()
    reach(Point.T1_STORED)
    return stored


def _record_status(jobs: JobContext, update: StatusUpdate) -> None:
    """Keep what a provider reports of a message we sent, and what becomes of it."""
    with jobs.database.work() as uow:
        take_report(jobs, uow, update, now=jobs.clock.now())
        uow.commit()
    jobs.wake.ring("deliver")

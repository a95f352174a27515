"""The stores of one transaction: everything that is read from and written to the database."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Connection

from core.payees.guess import TeachableModel
from core.store.account_store import AccountStore
from core.store.alert_store import AlertStore
from core.store.approval_store import ApprovalStore
from core.store.assistant_key_store import AssistantKeyStore
from core.store.audit_store import AuditStore
from core.store.bank_store import BankStore
from core.store.bill_store import BillStore
from core.store.binding_store import BindingStore
from core.store.budget_store import BudgetStore
from core.store.calendar_store import CalendarStore
from core.store.call_store import CallStore
from core.store.card_store import CardStore
from core.store.category_store import CategoryStore
from core.store.change_store import ChangeStore
from core.store.conversation_store import ConversationStore
from core.store.debt_store import DebtStore
from core.store.decision_store import DecisionStore
from core.store.entry_queries import EntryQueries
from core.store.erasure_store import ErasureStore
from core.store.feed_booking import FeedBooking
from core.store.file_store import FileStore
from core.store.followed_store import FollowedStore
from core.store.goal_store import GoalStore
from core.store.habit_store import HabitStore
from core.store.hold_store import HoldStore
from core.store.import_store import ImportStore
from core.store.inbox_store import InboxStore
from core.store.insight_reader import InsightReader
from core.store.insight_store import InsightStore
from core.store.layout_store import LayoutStore
from core.store.ledger_store import LedgerStore
from core.store.look_alike_store import LookAlikeStore
from core.store.media_store import MediaStore
from core.store.model_call_store import ModelCallStore
from core.store.model_store import ModelStore
from core.store.movement_queries import MovementQueries
from core.store.name_queries import NameQueries
from core.store.opening_store import OpeningStore
from core.store.outbox_store import OutboxStore
from core.store.paper_store import PaperStore
from core.store.payment_store import PaymentStore
from core.store.portable import PortableStore
from core.store.portfolio_reader import PortfolioReader
from core.store.price_store import PriceStore
from core.store.provider_store import ProviderStore
from core.store.rate_store import RateStore
from core.store.recurring_store import RecurringStore
from core.store.reference_store import ReferenceStore
from core.store.reminder_store import ReminderStore
from core.store.report_reader import ReportReader
from core.store.row_booking import RowBooking
from core.store.safe_queries import SafeQueries
from core.store.schedule_store import ScheduleStore
from core.store.sent_messages import SentMessages
from core.store.session_store import SessionStore
from core.store.subscription_store import SubscriptionStore
from core.store.ticket_store import TicketStore
from core.store.trade_store import TradeStore
from core.store.turn_store import TurnStore
from core.store.user_store import UserStore
from core.store.vault import Vault
from core.store.wallet_store import WalletStore
from core.store.watch_store import WatchStore
from core.store.worth_reader import WorthReader


class Stores:
    """The stores, each made when first used, all over one connection."""

    def __init__(
        self, connection: Connection, vault: Vault, model: TeachableModel | None = None
    ) -> None:
        """Work on an open ``connection``."""
        self.connection = connection
        self.vault = vault
        self._model = model

    @cached_property
    def users(self) -> UserStore:
        """People and their preferences."""
        return UserStore(self.connection, self.vault)

    @cached_property
    def bindings(self) -> BindingStore:
        """Which chats are whose."""
        return BindingStore(self.connection, self.vault)

    @cached_property
    def sessions(self) -> SessionStore:
        """Admin sessions, API keys, link tokens and login attempts."""
        return SessionStore(self.connection, self.vault)

    @cached_property
    def calendars(self) -> CalendarStore:
        """Secret addresses of calendars."""
        return CalendarStore(self.connection, self.vault)

    @cached_property
    def assistant_keys(self) -> AssistantKeyStore:
        """Keys with which other assistants read."""
        return AssistantKeyStore(self.connection, self.vault)

    @cached_property
    def accounts(self) -> AccountStore:
        """Accounts and their balances."""
        return AccountStore(self.connection, self.vault)

    @cached_property
    def ledger(self) -> LedgerStore:
        """Booking entries: the only writer of entries and postings."""
        return LedgerStore(self.connection, self.vault)

    @cached_property
    def entries(self) -> EntryQueries:
        """Reading entries and sums: the one query layer behind every figure."""
        return EntryQueries(self.connection, self.vault)

    @cached_property
    def movements(self) -> MovementQueries:
        """The books as light rows, for insights."""
        return MovementQueries(self.connection, self.vault)

    @cached_property
    def insights(self) -> InsightReader:
        """What insights are worked out from."""
        return InsightReader(self.connection, self.vault)

    @cached_property
    def foretold(self) -> InsightStore:
        """Forecasts and scores that were kept."""
        return InsightStore(self.connection, self.vault)

    @cached_property
    def names(self) -> NameQueries:
        """What the user can call by name."""
        return NameQueries(self.connection, self.vault)

    @cached_property
    def categories(self) -> CategoryStore:
        """Allocations and notes."""
        return CategoryStore(self.connection, self.vault)

    @cached_property
    def decisions(self) -> DecisionStore:
        """What the user has decided about categories."""
        return DecisionStore(self.connection, self.vault, self._model)

    @cached_property
    def models(self) -> ModelStore:
        """What a user's corrections taught, version by version."""
        return ModelStore(self.connection, self.vault)

    @cached_property
    def rows(self) -> RowBooking:
        """Booking a bank's rows with merchants and categories."""
        return RowBooking(self.connection, self.vault, self._model)

    @cached_property
    def look_alikes(self) -> LookAlikeStore:
        """Entries that may be the same payment."""
        return LookAlikeStore(self.connection)

    @cached_property
    def layouts(self) -> LayoutStore:
        """How the tables of a user's banks are read."""
        return LayoutStore(self.connection, self.vault)

    @cached_property
    def references(self) -> ReferenceStore:
        """What payments are called by their banks."""
        return ReferenceStore(self.connection, self.vault)

    @cached_property
    def portable(self) -> PortableStore:
        """Whole books, out and in."""
        return PortableStore(self.connection, self.vault)

    @cached_property
    def openings(self) -> OpeningStore:
        """Opening balances."""
        return OpeningStore(self.connection, self.vault)

    @cached_property
    def imports(self) -> ImportStore:
        """Imported statement files."""
        return ImportStore(self.connection, self.vault)

    @cached_property
    def rates(self) -> RateStore:
        """Rates between currencies."""
        return RateStore(self.connection, self.vault)

    @cached_property
    def holds(self) -> HoldStore:
        """Money that is spoken for."""
        return HoldStore(self.connection, self.vault)

    @cached_property
    def cards(self) -> CardStore:
        """Cards on wallets."""
        return CardStore(self.connection, self.vault)

    @cached_property
    def wallets(self) -> WalletStore:
        """Wallets and exchanges between them."""
        return WalletStore(self.connection, self.vault)

    @cached_property
    def budgets(self) -> BudgetStore:
        """Budgets."""
        return BudgetStore(self.connection, self.vault)

    @cached_property
    def subscriptions(self) -> SubscriptionStore:
        """Subscriptions."""
        return SubscriptionStore(self.connection, self.vault)

    @cached_property
    def bills(self) -> BillStore:
        """Bills and pay."""
        return BillStore(self.connection, self.vault)

    @cached_property
    def habits(self) -> HabitStore:
        """How often something may be bought."""
        return HabitStore(self.connection, self.vault)

    @cached_property
    def goals(self) -> GoalStore:
        """Savings goals."""
        return GoalStore(self.connection, self.vault)

    @cached_property
    def debts(self) -> DebtStore:
        """Debts with their terms."""
        return DebtStore(self.connection, self.vault)

    @cached_property
    def safe(self) -> SafeQueries:
        """What is safe to spend."""
        return SafeQueries(self.connection, self.vault)

    @cached_property
    def recurring(self) -> RecurringStore:
        """What comes back in the books."""
        return RecurringStore(self.connection, self.vault)

    @cached_property
    def inbox(self) -> InboxStore:
        """Messages that came in."""
        return InboxStore(self.connection, self.vault)

    @cached_property
    def conversations(self) -> ConversationStore:
        """Conversations, their state and transcript."""
        return ConversationStore(self.connection, self.vault)

    @cached_property
    def turns(self) -> TurnStore:
        """Turns and their plans."""
        return TurnStore(self.connection, self.vault)

    @cached_property
    def calls(self) -> CallStore:
        """Tool calls by their idempotency key."""
        return CallStore(self.connection, self.vault)

    @cached_property
    def changes(self) -> ChangeStore:
        """What can be undone."""
        return ChangeStore(self.connection, self.vault)

    @cached_property
    def outbox(self) -> OutboxStore:
        """Messages that go out and what became of them."""
        return OutboxStore(self.connection, self.vault)

    @cached_property
    def sent(self) -> SentMessages:
        """What was sent earlier in one conversation."""
        return SentMessages(self.connection, self.vault)

    @cached_property
    def approvals(self) -> ApprovalStore:
        """Approvals and their executions."""
        return ApprovalStore(self.connection, self.vault)

    @cached_property
    def provider(self) -> ProviderStore:
        """What simulated outside services remember."""
        return ProviderStore(self.connection, self.vault)

    @cached_property
    def audit(self) -> AuditStore:
        """The audit trail."""
        return AuditStore(self.connection, self.vault)

    @cached_property
    def alerts(self) -> AlertStore:
        """Alerts raised."""
        return AlertStore(self.connection, self.vault)

    @cached_property
    def reminders(self) -> ReminderStore:
        """Reminders in the user's own words."""
        return ReminderStore(self.connection, self.vault)

    @cached_property
    def schedules(self) -> ScheduleStore:
        """What is due at a local hour, and heartbeats."""
        return ScheduleStore(self.connection, self.vault)

    @cached_property
    def trades(self) -> TradeStore:
        """Securities and trades."""
        return TradeStore(self.connection, self.vault)

    @cached_property
    def prices(self) -> PriceStore:
        """Prices of securities."""
        return PriceStore(self.connection, self.vault)

    @cached_property
    def portfolios(self) -> PortfolioReader:
        """What portfolios hold, are worth and returned."""
        return PortfolioReader(self.connection, self.vault)

    @cached_property
    def watches(self) -> WatchStore:
        """Watched prices."""
        return WatchStore(self.connection, self.vault)

    @cached_property
    def tickets(self) -> TicketStore:
        """Who wants to hear from a person."""
        return TicketStore(self.connection, self.vault)

    @cached_property
    def followed(self) -> FollowedStore:
        """Cancellations that were sent, and what became of them."""
        return FollowedStore(self.connection, self.vault)

    @cached_property
    def payments(self) -> PaymentStore:
        """Payees, and money sent to them."""
        return PaymentStore(self.connection, self.vault)

    @cached_property
    def erasures(self) -> ErasureStore:
        """Who is to be forgotten, and was."""
        return ErasureStore(self.connection, self.vault)

    @cached_property
    def files(self) -> FileStore:
        """Files made for or sent by a user."""
        return FileStore(self.connection, self.vault)

    @cached_property
    def papers(self) -> PaperStore:
        """Pictures and documents asked for."""
        return PaperStore(self.connection, self.vault)

    @cached_property
    def worth(self) -> WorthReader:
        """What is owned less what is owed, over time."""
        return WorthReader(self.connection, self.vault)

    @cached_property
    def reports(self) -> ReportReader:
        """The figures of reports."""
        return ReportReader(self.connection, self.vault)

    @cached_property
    def model_calls(self) -> ModelCallStore:
        """Questions to a language model and what they cost."""
        return ModelCallStore(self.connection, self.vault)

    @cached_property
    def media(self) -> MediaStore:
        """What was read in voice notes and pictures."""
        return MediaStore(self.connection, self.vault)

    @cached_property
    def banks(self) -> BankStore:
        """Connections to banks."""
        return BankStore(self.connection, self.vault)

    @cached_property
    def feeds(self) -> FeedBooking:
        """Booking what a connected bank tells."""
        return FeedBooking(self.connection, self.vault, self._model)

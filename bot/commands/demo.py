"""Sample households, and what the demo card issuer can be made to tell."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.app import App, open_app
from bot.cards import card_secret, take
from bot.commands.output import show, show_json
from bot.conversing import Visitor
from bot.demo import HOUSEHOLDS
from core.cards.card import Card, CardState, CardUnknown
from core.clock import SystemClock
from core.connect.card_issuer import CardEvent, CardEventKind, sign, written
from core.connect.simulated_speech import demo_note
from core.connect.simulated_text_reader import demo_receipt
from core.conversation.context import Profile
from core.money import Money, to_decimal
from workers.inline import run_once
from workers.jobs import JOBS

_PURCHASE = "card-purchase"
_NOTE = "voice-note"
_RECEIPT = "receipt"
_NOTE_WORDS = "coffee 4"
_RECEIPT_WORDS = r"Corner Cafe\n{day}\nCoffee  4.50\nCake  5.25\nTotal  9.75"
_TELLING = frozenset({"deliver_urgent", "deliver_bulk"})


def add_demo(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``demo``."""
    kinds = (*HOUSEHOLDS, _PURCHASE, _NOTE, _RECEIPT)
    parser.add_argument(
        "what",
        nargs="?",
        choices=kinds,
        help="a sample household (both if left out), a purchase by a demo card, or a file to send",
    )
    note = parser.add_argument_group(f"{_NOTE}, {_RECEIPT}")
    note.add_argument("--words", help=r"what the demo service hears or reads; \n ends a line")
    note.add_argument("--output", type=Path, help="the file to write")
    purchase = parser.add_argument_group(_PURCHASE)
    purchase.add_argument("--user", help="e-mail of the card's owner")
    purchase.add_argument("--card", default="", help="last four figures; the newest card if not")
    purchase.add_argument("--amount", default="12.50", help="what is authorised")
    purchase.add_argument("--captured", help="what is taken in the end; the same if not")
    purchase.add_argument("--merchant", default="Corner Cafe")
    purchase.add_argument("--mcc", default="", help="kind of merchant, like 5812 (restaurant)")
    purchase.add_argument("--void", action="store_true", help="take it back instead")


def run_demo(options: argparse.Namespace) -> int:
    """Load sample households, let the demo issuer tell of a purchase, or write a file to send."""
    if options.what in (_NOTE, _RECEIPT):
        return _file(options)
    app = open_app()
    try:
        if options.what == _PURCHASE:
            return _purchase(app, options)
        for name in [options.what] if options.what else HOUSEHOLDS:
            user = app.demo.load(name)
            show(
                app.phrasebook("en").render("start.demo_loaded", {"email": user.email}, "terminal")
            )
    finally:
        app.close()
    return 0


def _file(options: argparse.Namespace) -> int:
    """Write what the demo services read: a recording of silence, or a white sheet."""
    is_note = options.what == _NOTE
    today = SystemClock().now().date().isoformat()
    usual = _NOTE_WORDS if is_note else _RECEIPT_WORDS.replace("{day}", today)
    words = (options.words or usual).replace(r"\n", "\n")
    place = options.output or Path("note.ogg" if is_note else "receipt.png")
    place.write_bytes(demo_note(words) if is_note else demo_receipt(words))
    show_json({"file": str(place), "words": words})
    return 0


def _purchase(app: App, options: argparse.Namespace) -> int:
    """Sign and send the events of one purchase, exactly as they would come to the webhook."""
    card = _card(app, options)
    authorisation = app.ids.new("iauth")
    amount = Money.of(to_decimal(options.amount), card.currency)
    captured = Money.of(to_decimal(options.captured or options.amount), card.currency)
    second = CardEventKind.VOID if options.void else CardEventKind.CAPTURE
    steps = ((CardEventKind.AUTHORISATION, amount), (second, captured))
    for kind, money in steps:
        event = CardEvent(
            id=app.ids.new("evt"),
            kind=kind,
            token=card.token,
            authorisation=authorisation,
            amount=money,
            merchant=options.merchant,
            mcc=options.mcc,
        )
        body = written(event)
        ruling = take(app, body, sign(body, card_secret(app), app.clock.now()))
        show_json({"event": kind.value, "approved": ruling.approved, "reason": ruling.reason})
        if not ruling.approved:
            break
    run_once(app.jobs, [job for job in JOBS if job.name in _TELLING])
    return 0 if ruling.approved else 1


def _card(app: App, options: argparse.Namespace) -> Card:
    visitor = Visitor(app, options.user, Profile.WEB, "demo")
    with app.database.reading() as uow:
        cards = uow.cards.of(visitor.user.id)
    issued = [one for one in cards if one.state is not CardState.CREATED]
    found = [one for one in issued if one.last4.endswith(options.card)]
    if not found:
        raise CardUnknown
    return found[-1]

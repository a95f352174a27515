"""Looking through a database for anything that may never be: the invariant sweep."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from datetime import timedelta

from bot.app import App, open_app
from bot.commands.output import show_json
from core.audit.event import Head
from core.connect.objects import ObjectMissing
from core.store.sweep.rule import Asked, Breach, Invariant
from core.store.sweep.sweep import PATIENCE, RULES, sweep
from workers.housekeeping import ANCHOR_KEY


def add_sweep(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sweep``."""
    parser.add_argument(
        "--only", nargs="+", choices=[one.value for one in Invariant], help="some invariants"
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=PATIENCE.total_seconds(),
        help="seconds for which something may be under way",
    )


def run_sweep(options: argparse.Namespace) -> int:
    """Print what breaks a rule; exit 1 when anything does. Nothing is changed."""
    chosen = tuple(Invariant(name) for name in options.only or Invariant)
    app = open_app()
    try:
        breaches = swept(app, chosen, timedelta(seconds=options.patience))
    finally:
        app.close()
    show_json(
        {
            "ok": not breaches,
            "rules": sum(rule.invariant in chosen for rule in RULES),
            "broken": Counter(one.invariant.value for one in breaches),
            "breaches": [
                {"invariant": one.invariant.value, "rule": one.rule, "subject": one.subject}
                for one in breaches
            ],
        }
    )
    return 1 if breaches else 0


def swept(app: App, only: tuple[Invariant, ...], patience: timedelta) -> tuple[Breach, ...]:
    """Sweep an installation's database, with the head of the trail that it keeps outside."""
    with app.database.reading() as uow:
        asked = Asked(uow.connection, uow.vault, app.clock.now(), patience, _anchor(app))
        return sweep(asked, only)


def _anchor(app: App) -> Head | None:
    """Return the head kept outside the database, nothing where none was kept yet."""
    try:
        kept = json.loads(app.objects.get(ANCHOR_KEY))
    except ObjectMissing:
        return None
    return Head(kept["last_seq"], kept["seal"])

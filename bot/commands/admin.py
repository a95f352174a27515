"""Looking after an installation: check, migrate, replay, backup, restore, audit, bench."""

from __future__ import annotations

import argparse
import sqlite3
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from bot.app import App, open_app
from bot.commands.output import show, show_json
from bot.logs import set_up_logging
from bot.overview import overview
from core.errors import FinanceError
from core.settings import load_settings
from core.store.engine import open_engine, sqlite_driver
from core.store.migrate import current, migrate
from core.store.schedule_store import BACKUP_MARK
from core.store.unit_of_work import UnitOfWork
from workers.erase import forget_again


class NotEmbedded(FinanceError):
    """Copies are made by PostgreSQL's own tools in production mode."""

    code = "start.not_embedded"


class MeasurementUnknown(FinanceError):
    """There is no measurement of that name."""

    code = "start.measurement_unknown"


def run_check(_options: argparse.Namespace) -> int:
    """Print settings (without secrets), backlog and trouble; exit 1 when something is wrong."""
    app = open_app()
    try:
        report = overview(app)
    finally:
        app.close()
    show_json(report)
    return 0 if report["ok"] else 1


def run_migrate(_options: argparse.Namespace) -> int:
    """Bring the database to the present schema."""
    settings = load_settings()
    set_up_logging(settings.logs.level, settings.logs.form)
    engine = open_engine(settings.database.url)
    try:
        migrate(engine)
        show_json({"revision": current(engine)})
    finally:
        engine.dispose()
    return 0


def add_replay(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``replay``."""
    parser.add_argument("id", help="id of a dead letter (out_...) or of a failed message (in_...)")


def run_replay(options: argparse.Namespace) -> int:
    """Put a dead letter or a failed message back in line, under the same key."""
    app = open_app()
    try:
        done = replay(app, options.id)
    finally:
        app.close()
    show_json({"id": options.id, "replayed": done})
    return 0 if done else 1


def replay(app: App, subject: str) -> bool:
    """Replay by id; false when there is nothing to replay."""
    with app.database.work() as uow:
        if subject.startswith("in_"):
            done = uow.inbox.retry(subject)
            uow.turns.reopen(subject)
        else:
            done = uow.outbox.replay(subject, now=app.clock.now())
        uow.commit()
    return done


def add_backup(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``backup``."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("path", type=Path, nargs="?", help="file to write")
    which.add_argument(
        "--outside",
        action="store_true",
        help="only note that the database's own tools have just made a copy",
    )


def run_backup(options: argparse.Namespace) -> int:
    """Copy the embedded database while it runs; its fields stay sealed, the key is not in it."""
    if not options.outside:
        _copy(_sqlite_path(), options.path)
        report = {"backup": str(options.path), "bytes": options.path.stat().st_size}
    app = open_app()
    try:
        at = app.clock.now().isoformat()
        with app.database.work() as uow:
            uow.schedules.set_mark(BACKUP_MARK, at)
            uow.commit()
    finally:
        app.close()
    show_json({"noted": at} if options.outside else report)
    return 0


def _copy(source: Path, target: Path) -> None:
    driver = sqlite_driver()
    copy_from, copy_to = driver.connect(str(source)), driver.connect(str(target))
    try:
        copy_from.backup(copy_to)
    finally:
        copy_to.close()
        copy_from.close()


def hold_open(uow: UnitOfWork, *, now: datetime) -> int:
    """Keep what was open in a copy from being sent or done again; return how much it was."""
    return uow.outbox.hold_all(now=now) + uow.approvals.hold_all(now=now)


def add_restore(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``restore``."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("path", type=Path, nargs="?", help="a copy made by backup")
    which.add_argument(
        "--outside",
        action="store_true",
        help="the database's own tools have put a copy back: hold what was open in it",
    )


def run_restore(options: argparse.Namespace) -> int:
    """Put a copy back. What was open when it was made is not sent or done again by itself."""
    if options.outside:
        restored = "outside"
    else:
        target = _sqlite_path()
        _put_back(options.path, target)
        restored = str(target)
    app = open_app()
    try:
        with app.database.work() as uow:
            held = hold_open(uow, now=app.clock.now())
            uow.commit()
        forgotten = forget_again(app.jobs)
    finally:
        app.close()
    show_json({"restored": restored, "held": held, "forgotten_again": forgotten})
    return 0


def _put_back(copy: Path, target: Path) -> None:
    """Move the present database aside and put a copy in its place, once that is found whole."""
    _check_copy(copy)
    for path in (target, Path(f"{target}-wal"), Path(f"{target}-shm")):
        if path.exists():
            path.rename(path.with_name(f"{path.name}.before-restore"))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(copy.read_bytes())


def _check_copy(path: Path) -> None:
    path.open("rb").close()  # one that is not there is told by its name
    driver = sqlite_driver()
    connection = driver.connect(f"file:{path}?mode=ro", uri=True)
    try:
        answer = connection.execute("PRAGMA integrity_check").fetchone()
    except (sqlite3.DatabaseError, driver.DatabaseError):
        answer = None
    finally:
        connection.close()
    if answer is None or answer[0] != "ok":
        raise BackupDamaged


class BackupDamaged(FinanceError):
    """The copy is not a whole database."""

    code = "start.backup_damaged"


def _sqlite_path() -> Path:
    settings = load_settings()
    if not settings.database.is_sqlite:
        raise NotEmbedded
    return Path(settings.database.url.removeprefix("sqlite:///"))


def add_audit(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``audit``."""
    parser.add_argument("action", choices=["verify"])


def run_audit(_options: argparse.Namespace) -> int:
    """Seal what is new, then check the whole chain."""
    app = open_app()
    try:
        with app.database.work() as uow:
            uow.audit.seal_pending(now=app.clock.now())
            uow.commit()
        with app.database.reading() as uow:
            verdict = uow.audit.verify()
    finally:
        app.close()
    show_json({"verification": asdict(verdict)})
    return 0 if verdict.broken is None else 1


def add_bench(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``bench``."""
    parser.add_argument("names", nargs="*", help="which measurements; all when left out")
    parser.add_argument("--minutes", type=float, default=0.0, help="how long webhooks are posted")
    parser.add_argument(
        "--database", default="", help="a PostgreSQL database to measure on as well"
    )


def run_bench(options: argparse.Namespace) -> int:
    """Measure this installation's code on data of its own."""
    from bot.bench.run import MEASUREMENTS, Wanted, run

    unknown = sorted(set(options.names) - set(MEASUREMENTS))
    if unknown:
        raise MeasurementUnknown(name=unknown[0], names=", ".join(MEASUREMENTS))
    status: int = run(Wanted(options.names, options.minutes, options.database), show)
    return status

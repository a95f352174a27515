"""Kills the product at every step and at any moment, and looks for anything lost or doubled.

``kills`` runs the tests that die at named places and the plays of the simulator; ``sends`` kills
workers at random while they send; ``approvals`` races words on approvals; ``crossing`` looks for
one user's words in another's answers; ``rolling`` puts this version in the place of an older one;
``soak`` serves the real processes under traffic and kills one, or all, every so often. Without a
name each is done, briefly. Stand-ins and servers are this machine's own; what is killed is killed
by its recorded id.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import psycopg

from tests import servers
from tests.chaos import crossing, rolling, sends, soak
from tests.chaos.approval_judge import verdicts
from tests.chaos.approval_races import Races
from tests.fakes.world import open_world

_BARS = {"recovered_seconds": 10.0, "grown_percent": 5.0, "taken_seconds": 5.0}


def main(arguments: list[str]) -> int:
    """Run what is asked for; return 1 when anything is not as it must be."""
    options = _parser().parse_args(arguments)
    servers.open_run()
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return 130
    finally:
        servers.close_run()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make chaos T=", description=__doc__)
    parser.set_defaults(run=_everything)
    names = parser.add_subparsers()
    kills = names.add_parser("kills", help="die at every named place; play the simulator's seeds")
    kills.set_defaults(run=_kills)
    sending = names.add_parser("sends", help="kill workers while they send")
    sending.add_argument("--seeds", type=int, default=5)
    sending.add_argument("--first", type=int, default=1, help="the first seed")
    sending.add_argument("--sends", type=int, default=600)
    sending.add_argument("--kills", type=int, default=50)
    sending.add_argument("--seconds", type=float, default=600.0, help="at most, for each seed")
    sending.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    sending.set_defaults(run=_sends)
    racing = names.add_parser("approvals", help="many words on one approval at the same moment")
    racing.add_argument("--rounds", type=int, default=10_000)
    racing.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    racing.set_defaults(run=_approvals)
    mixing = names.add_parser("crossing", help="look for one user's words in another's answers")
    mixing.add_argument("--turns", type=int, default=100_000)
    mixing.add_argument("--seed", type=int, default=31)
    mixing.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    mixing.set_defaults(run=_crossing)
    rolled = names.add_parser("rolling", help="roll this version out over an older one, under load")
    rolled.set_defaults(run=_rolling)
    soaking = names.add_parser("soak", help="serve under traffic, with a kill every so often")
    soaking.add_argument("--minutes", type=float, default=30.0)
    soaking.add_argument("--every", type=float, default=20.0, help="seconds between two kills")
    soaking.add_argument("--messages", type=float, default=5.0, help="a second")
    soaking.add_argument("--reports", type=float, default=20.0, help="a second")
    soaking.add_argument("--tree", action="store_true", help="kill all processes at once")
    soaking.add_argument("--seed", type=int, default=1)
    soaking.add_argument("--mode", choices=["embedded", "production"], default="production")
    soaking.set_defaults(run=_soak)
    return parser


def _everything(_options: argparse.Namespace) -> int:
    status = _kills(_options)
    for command in (
        ["sends", "--seeds", "1", "--database", "sqlite"],
        ["sends", "--seeds", "1", "--database", "postgresql"],
        ["approvals", "--rounds", "2000"],
        ["crossing", "--turns", "5000"],
        ["rolling"],
        ["soak", "--minutes", "3", "--mode", "embedded"],
        ["soak", "--minutes", "3", "--mode", "production"],
    ):
        options = _parser().parse_args(command)
        status |= int(options.run(options))
    return status


def _kills(_options: argparse.Namespace) -> int:
    return subprocess.call([sys.executable, "-m", "pytest", "-q", "-m", "chaos"])


def _sends(options: argparse.Namespace) -> int:
    status = 0
    for seed in range(options.first, options.first + options.seeds):
        wanted = sends.Wanted(seed, options.sends, options.kills, options.seconds)
        with (
            tempfile.TemporaryDirectory(prefix="fm-chaos-") as folder,
            _database(options.database, folder) as url,
        ):
            came = sends.play(wanted, url, Path(folder))
        print(f"sends seed {seed} on {options.database}: {asdict(came)}", flush=True)
        status |= bool(came.wrong)
    return status


def _approvals(options: argparse.Namespace) -> int:
    with (
        tempfile.TemporaryDirectory(prefix="fm-races-") as folder,
        _database(options.database, folder) as url,
    ):
        world = open_world(url)
        races = Races(world)
        races.run(options.rounds)
        wrong, ends = verdicts(races)
        world.database.close()
    for (race, state), times in sorted(ends.items()):
        print(f"{race}: {state} {times}", flush=True)
    print(f"{len(races.rounds)} races on {options.database}, wrong: {wrong[:20]}", flush=True)
    return int(bool(wrong))


def _crossing(options: argparse.Namespace) -> int:
    wanted = crossing.Wanted(options.turns, options.seed)
    with (
        tempfile.TemporaryDirectory(prefix="fm-crossing-") as folder,
        _database(options.database, folder) as url,
    ):
        came = crossing.cross(wanted, url, Path(folder))
    print(f"crossing on {options.database}: {asdict(came)}", flush=True)
    return int(bool(came.wrong))


def _rolling(_options: argparse.Namespace) -> int:
    with (
        tempfile.TemporaryDirectory(prefix="fm-rolling-") as folder,
        _database("postgresql", folder) as url,
    ):
        try:
            came = rolling.roll(url, f"{servers.redis_server()}/1", Path(folder))
        except rolling.NoHistory as missing:
            print(f"rolling left out: {missing}", flush=True)
            return 0
    print(f"rolling: {asdict(came)}", flush=True)
    return int(bool(came.wrong) or came.longest_to_be_taken > _BARS["taken_seconds"])


def _soak(options: argparse.Namespace) -> int:
    wanted = soak.Wanted(
        minutes=options.minutes,
        every=options.every,
        messages=options.messages,
        reports=options.reports,
        tree=options.tree,
        seed=options.seed,
    )
    is_production = options.mode == "production"
    with tempfile.TemporaryDirectory(prefix="fm-soak-") as folder:
        redis = f"{servers.redis_server()}/0" if is_production else ""
        with _database("postgresql" if is_production else "sqlite", folder) as url:
            came = soak.soak(wanted, url, redis, Path(folder))
    slowest = max(came.recovered_seconds, default=0.0)
    grown = max(came.grown_percent.values(), default=0.0)
    print(f"soak {options.mode}: {asdict(came)}", flush=True)
    print(f"slowest first reply after a kill {slowest} s, memory grew {grown} %", flush=True)
    missed = slowest > _BARS["recovered_seconds"] or grown > _BARS["grown_percent"]
    return int(bool(came.wrong) or missed)


@contextmanager
def _database(kind: str, folder: str) -> Iterator[str]:
    """Give the address of an empty database of its own."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/books.db"
        return
    admin = servers.durable_postgres_server()
    name = f"chaos_{Path(folder).name.replace('-', '_')}".lower()
    _run_sql(admin, f'CREATE DATABASE "{name}"')
    try:
        yield f"{admin.rsplit('/', 1)[0]}/{name}"
    finally:
        _run_sql(admin, f'DROP DATABASE "{name}" WITH (FORCE)')


def _run_sql(admin: str, statement: str) -> None:
    with psycopg.connect(admin.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement.encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

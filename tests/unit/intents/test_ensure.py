"""Of several processes that start together, one trains and the others wait for its model."""

from __future__ import annotations

import fcntl
import threading
import time
from pathlib import Path

from intents import train
from intents import vocabulary as vocabularies


def test_waits_for_whoever_trains_and_takes_that_model(tmp_path: Path):
    name = train.model_name(vocabularies.load("en"))
    got: list[str] = []
    with (tmp_path / "en.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        waiting = threading.Thread(target=lambda: got.append(train.ensure(tmp_path)))
        waiting.start()
        time.sleep(0.2)
        assert waiting.is_alive()
        for end in ("npz", "json"):
            (tmp_path / f"{name}.{end}").touch()
    waiting.join(10)
    assert got == [name]


def test_asks_nobody_where_the_model_is(tmp_path: Path):
    name = train.model_name(vocabularies.load("es"))
    for end in ("npz", "json"):
        (tmp_path / f"{name}.{end}").touch()
    with (tmp_path / "es.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert train.ensure(tmp_path, language="es") == name

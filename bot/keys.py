"""The master key: from the settings, or made once and kept beside an embedded database."""

from __future__ import annotations

import secrets
from pathlib import Path

from core.settings import Settings
from core.store.cipher import MasterKey, MasterKeyWrong
from core.store.unit_of_work import Database

_KEPT = "master_key_fingerprint"


def master_key(settings: Settings) -> MasterKey:
    """Return the master key; embedded mode makes its own on the first start."""
    secret = settings.security.master_key.get_secret_value()
    return MasterKey(secret or _kept_secret(settings.security.master_key_file))


def check_master_key(database: Database) -> None:
    """Refuse to start with a key that does not open this database; raise `MasterKeyWrong`."""
    fingerprint = database.master.fingerprint
    with database.work() as uow:
        kept = uow.schedules.mark(_KEPT)
        if kept is None:
            uow.schedules.set_mark(_KEPT, fingerprint)
            uow.commit()
        elif kept != fingerprint:
            raise MasterKeyWrong


def _kept_secret(path: Path) -> str:
    """Read the key file, or make it, readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return path.read_text(encoding="ascii").strip()

"""Objects in a folder: whole or not at all, never outside of it, readable by their owner."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.connect.objects import FolderObjectStore, ObjectKeyUnsafe, ObjectMissing, ObjectNotKept
from tests.fakes.full_disk import no_file_beyond


@pytest.fixture
def store(tmp_path: Path) -> FolderObjectStore:
    return FolderObjectStore(tmp_path / "objects")


class TestFolderObjectStore:
    def test_gives_back_what_was_put(self, store: FolderObjectStore) -> None:
        store.put("reports/2026/a.pdf", b"one")
        store.put("reports/2026/a.pdf", b"two")
        assert store.get("reports/2026/a.pdf") == b"two"

    def test_misses_what_is_not_there(self, store: FolderObjectStore) -> None:
        store.put("a/b", b"x")
        for key in ("a", "b", "a/c"):
            with pytest.raises(ObjectMissing):
                store.get(key)

    def test_deletes_and_does_not_mind_doing_it_twice(self, store: FolderObjectStore) -> None:
        store.put("a", b"x")
        store.delete("a")
        store.delete("a")
        with pytest.raises(ObjectMissing):
            store.get("a")

    def test_lets_only_the_owner_read(self, store: FolderObjectStore, tmp_path: Path) -> None:
        store.put("reports/a.pdf", b"x")
        path = tmp_path / "objects" / "reports" / "a.pdf"
        assert path.stat().st_mode & 0o777 == 0o600

    def test_without_room_says_so_and_keeps_what_was_there(
        self, store: FolderObjectStore, tmp_path: Path
    ) -> None:
        store.put("a/b", b"old")
        with no_file_beyond(10_000), pytest.raises(ObjectNotKept):
            store.put("a/b", bytes(20_000))
        assert store.get("a/b") == b"old"
        assert [path.name for path in (tmp_path / "objects").rglob("*")] == ["a", "b"]
        store.put("a/b", bytes(20_000))
        assert len(store.get("a/b")) == 20_000

    def test_where_nothing_can_be_written_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "objects").write_text("a file where the folder should be")
        with pytest.raises(ObjectNotKept):
            FolderObjectStore(tmp_path / "objects").put("a", b"x")

    def test_leaves_no_draft_behind(self, store: FolderObjectStore, tmp_path: Path) -> None:
        store.put("a/b", b"x")
        files = [path.name for path in (tmp_path / "objects").rglob("*") if path.is_file()]
        assert files == ["b"]

    @pytest.mark.parametrize(
        "key",
        [
            "",
            "../x",
            "a/../../x",
            "/etc/passwd",
            "a//b",
            ".hidden",
            "a/.b",
            "a\\b",
            "a b",
            "a\x00b",
        ],
    )
    def test_refuses_a_key_that_could_lead_elsewhere(
        self, store: FolderObjectStore, key: str
    ) -> None:
        for use in (
            lambda: store.put(key, b"x"),
            lambda: store.get(key),
            lambda: store.delete(key),
        ):
            with pytest.raises(ObjectKeyUnsafe):
                use()

    def test_refuses_to_follow_a_link_out_of_the_folder(
        self, store: FolderObjectStore, tmp_path: Path
    ) -> None:
        (tmp_path / "secret").write_bytes(b"secret")
        store.put("a", b"x")
        (tmp_path / "objects" / "link").symlink_to(tmp_path / "secret")
        with pytest.raises(ObjectKeyUnsafe):
            store.get("link")

    @pytest.mark.slow
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.text(max_size=30))
    def test_never_writes_outside_whatever_the_key(
        self, store: FolderObjectStore, tmp_path: Path, key: str
    ) -> None:
        try:
            store.put(f"x/{key}", b"x")
        except ObjectKeyUnsafe:
            return
        outside = [path for path in tmp_path.iterdir() if path.name != "objects"]
        assert outside == []

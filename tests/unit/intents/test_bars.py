"""A bar is reached or missed, and says which."""

from __future__ import annotations

from pathlib import Path

from intents.bars import held


def test_a_figure_is_held_to_its_bar_from_the_right_side(tmp_path: Path) -> None:
    path = tmp_path / "bars.toml"
    path.write_text(
        '[[some]]\nfigure = "share"\nname = "right"\nat_least = 0.95\n'
        '[[some]]\nfigure = "writes"\nname = "wrote"\nat_most = 0\n'
    )
    good = list(held(path, "some", {"share": 0.95, "writes": 0}))
    bad = list(held(path, "some", {"share": 0.94, "writes": 1}))
    assert [bar.reached for bar in good] == [True, True]
    assert [bar.reached for bar in bad] == [False, False]
    assert all("MISSED" in bar.line() for bar in bad)
    assert not any("MISSED" in bar.line() for bar in good)

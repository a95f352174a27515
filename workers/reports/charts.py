"""Draws the bars of a report with matplotlib: a picture of known size, the same every time."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from workers.reports.page import Bar

_WIDTH_INCHES = 7.0
_BAR_INCHES = 0.42
_DPI = 150
_INK = "#1d2733"
_BAR = "#2f6f8f"
_REST = "#9fb3bf"
_FONT = "DejaVu Sans"
_LABEL_CHARACTERS = 28
# Room to the right of the longest bar for its amount, as a share of that bar.
_AMOUNT_ROOM = 1.28


def draw_bars(bars: Sequence[Bar]) -> bytes:
    """Return a PNG of horizontal bars, the first on top, each with its amount written out.

    The picture carries no date and no name of a program, so equal bars are equal bytes.
    """
    with mpl.rc_context({"font.family": _FONT, "font.size": 10, "text.color": _INK}):
        figure = Figure(figsize=(_WIDTH_INCHES, _BAR_INCHES * (len(bars) + 0.4)), dpi=_DPI)
        FigureCanvasAgg(figure)
        _fill(figure.add_subplot(), bars)
        figure.tight_layout(pad=0.3)
        out = io.BytesIO()
        figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _fill(axes: Axes, bars: Sequence[Bar]) -> None:
    places = range(len(bars))
    longest = max(bar.size for bar in bars)
    colors = [_REST if bar.is_rest else _BAR for bar in bars]
    axes.barh(places, [bar.size for bar in bars], height=0.66, color=colors)
    axes.set_yticks(places, [_short(bar.label) for bar in bars])
    axes.invert_yaxis()
    axes.set_xlim(0, longest * _AMOUNT_ROOM)
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0, labelcolor=_INK)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.spines["left"].set_color("#b8c2cc")
    for place, bar in zip(places, bars, strict=True):
        axes.text(bar.size + longest * 0.015, place, _plain(bar.amount), va="center")


def _short(label: str) -> str:
    text = _plain(label)
    return text if len(text) <= _LABEL_CHARACTERS else f"{text[: _LABEL_CHARACTERS - 1]}…"


def _plain(text: str) -> str:
    """Return ``text`` as it is drawn: a dollar sign begins no formula."""
    return text.replace("$", r"\$")

"""Draws pictures with matplotlib: of known size, readable on a phone, the same bytes every time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from workers.reports.fonts import DEVANAGARI, DEVANAGARI_BOLD
from workers.reports.page import Bar, Form, Picture

_INK = "#1d2733"
_QUIET = "#5b6871"
_LINES = "#d5dce2"
# Blue and vermilion are told apart with any kind of colour blindness; the rest is grey.
_BAR = "#0f6292"
_BELOW = "#c8501e"
_REST = "#9aa8b3"
_TILE = "#eef3f6"
_LABEL_CHARACTERS = 24
# How wide a bold letter is, as a share of its height, on average.
_BOLD_WIDTH = 0.66
# And how wide a figure is.
_FIGURE_WIDTH = 0.64
# Room to the right of the longest bar for its amount, as a share of that bar.
_AMOUNT_ROOM = 1.45
# More columns than this have no room for their amounts.
_COLUMNS_WRITTEN_OUT = 13


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where a picture goes: how wide it is, how sharp, and how large its letters are."""

    width: float
    dpi: int
    letters: float
    is_framed: bool  # with a title of its own and the name of who drew it


# 1080 points across: what phones show without losing any.
PHONE = Canvas(width=6.0, dpi=180, letters=11.5, is_framed=True)
PAPER = Canvas(width=7.0, dpi=150, letters=9.5, is_framed=False)


def draw_picture(picture: Picture, canvas: Canvas = PHONE) -> bytes:
    """Return a PNG; it carries no date and no name of a program, so equal input is equal bytes."""
    with _letters(canvas):
        figure = Figure(figsize=(canvas.width, _height(picture, canvas)), dpi=canvas.dpi)
        FigureCanvasAgg(figure)
        _DRAWERS[picture.form](figure, picture, canvas)
        out = io.BytesIO()
        figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


@contextmanager
def _letters(canvas: Canvas) -> Iterator[None]:
    for path in (DEVANAGARI, DEVANAGARI_BOLD):
        font_manager.fontManager.addfont(path)
    # Foreign words are drawn as they are: a dollar sign begins no formula.
    with mpl.rc_context(
        {
            "font.family": ["DejaVu Sans", "Noto Sans Devanagari"],
            "font.size": canvas.letters,
            "text.color": _INK,
            "text.parse_math": False,
        }
    ):
        yield


def _height(picture: Picture, canvas: Canvas) -> float:
    row = canvas.letters * 0.037
    frame = 7.0 * canvas.letters / 72 if canvas.is_framed else 0.1
    if picture.form is Form.BARS:
        return frame + row * (len(picture.bars) + 0.6)
    if picture.form is Form.TILES:
        return frame + 3 * 0.98 + row * (len(picture.bars) + 2.2)
    return frame + canvas.width * (0.62 if canvas.is_framed else 0.36)


def _frame(figure: Figure, picture: Picture, canvas: Canvas) -> tuple[float, float]:
    """Write title, subtitle and foot; return where the drawing between them ends and begins."""
    height = figure.get_figheight()
    if not canvas.is_framed:
        return 0.02 / height, 1 - 0.02 / height
    inch = canvas.letters / 72
    left = 0.035
    title, size = _fitted(picture.title, canvas)
    top = 1 - 0.7 * inch / height
    figure.text(left, top, title, fontsize=size, fontweight="bold", va="top")
    if picture.form is not Form.TILES:
        figure.text(left, 1 - 2.6 * inch / height, picture.subtitle, color=_QUIET, va="top")
    small: dict[str, Any] = {"fontsize": canvas.letters * 0.8, "color": _QUIET, "va": "bottom"}
    figure.text(left, 0.6 * inch / height, picture.foot, **small)
    above = 3.0 if picture.form is Form.TILES else 4.4
    return 2.2 * inch / height, 1 - above * inch / height


def _fitted(title: str, canvas: Canvas) -> tuple[str, float]:
    """Return a title and its size: smaller when it is long, and cut when that is not enough."""
    room, wanted = canvas.width * 72 * 0.93, canvas.letters * 1.3
    size = max(min(wanted, room / (max(len(title), 1) * _BOLD_WIDTH)), canvas.letters)
    most = int(room / (size * _BOLD_WIDTH))
    return (title if len(title) <= most else f"{title[: most - 1]}…"), size


def _bars(figure: Figure, picture: Picture, canvas: Canvas) -> None:
    low, high = _frame(figure, picture, canvas)
    left = 0.35 if canvas.is_framed else 0.26
    _fill_bars(figure.add_axes((left, low, 0.965 - left, high - low)), picture.bars)


def _fill_bars(axes: Axes, bars: tuple[Bar, ...]) -> None:
    places = range(len(bars))
    sizes = [bar.size for bar in bars]
    longest = max(*sizes, 0.0, -min(sizes)) or 1.0
    colors = [_REST if bar.is_rest else _BELOW if bar.size < 0 else _BAR for bar in bars]
    axes.barh(places, sizes, height=0.66, color=colors)
    axes.set_yticks(places, [_short(bar.label) for bar in bars])
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_xlim(min(0.0, *sizes) * 1.02, longest * _AMOUNT_ROOM)
    axes.set_xticks([])
    _plain_axes(axes, keep="left")
    for place, bar in zip(places, bars, strict=True):
        start = max(bar.size, 0.0) + longest * 0.018
        axes.text(start, place, bar.amount, va="center")


def _columns(figure: Figure, picture: Picture, canvas: Canvas) -> None:
    axes = _upright(figure, picture, canvas)
    places = range(len(picture.bars))
    sizes = [bar.size for bar in picture.bars]
    axes.bar(places, sizes, width=0.72, color=[_BELOW if one < 0 else _BAR for one in sizes])
    axes.set_xlim(-0.6, len(sizes) - 0.4)
    written_out = len(sizes) <= _COLUMNS_WRITTEN_OUT
    span = picture.ticks[-1][0] - picture.ticks[0][0]
    for place, bar in zip(places, picture.bars, strict=True):
        if bar.amount:
            at = max(bar.size, 0.0) + span * 0.015
            turned = 90 if written_out and len(sizes) > 3 else 0
            axes.text(place, at, bar.amount, rotation=turned, ha="center", va="bottom")
    axes.set_ylim(picture.ticks[0][0], _top(figure, axes, picture, canvas))
    axes.axhline(0, color=_QUIET, linewidth=1)


def _top(figure: Figure, axes: Axes, picture: Picture, canvas: Canvas) -> float:
    """Return where the scale ends, so that the amount on the highest column has room."""
    low, sizes = picture.ticks[0][0], [bar.size for bar in picture.bars]
    turned = 3 < len(sizes) <= _COLUMNS_WRITTEN_OUT
    longest = max(len(bar.amount) for bar in picture.bars) if turned else 2
    taken = (longest * _FIGURE_WIDTH + 0.8) * canvas.letters / 72
    tall = axes.get_position().height * figure.get_figheight()
    highest = max(*sizes, 0.0)
    return low + (highest - low) / max(1 - taken / tall, 0.3)


def _line(figure: Figure, picture: Picture, canvas: Canvas) -> None:
    axes = _upright(figure, picture, canvas)
    places = range(len(picture.bars))
    sizes = [bar.size for bar in picture.bars]
    axes.plot(places, sizes, color=_BAR, linewidth=2.4, solid_capstyle="round")
    lowest, highest = picture.ticks[0][0], picture.ticks[-1][0]
    span = highest - lowest
    if lowest <= 0:
        axes.axhline(0, color=_QUIET, linewidth=1)
    last = len(sizes) - 1
    for place, bar in zip(places, picture.bars, strict=True):
        if not bar.amount:
            continue
        axes.plot([place], [bar.size], "o", color=_BELOW if bar.size < 0 else _BAR, markersize=6)
        side = "left" if place < last * 0.15 else "right" if place > last * 0.85 else "center"
        over = bar.size >= sizes[max(place - 1, 0)]
        gap = span * (0.035 if over else -0.035)
        axes.text(place, bar.size + gap, bar.amount, ha=side, va="bottom" if over else "top")
    axes.set_xlim(-0.03 * max(last, 1), last + 0.03 * max(last, 1))
    axes.set_ylim(lowest - span * 0.1, highest + span * 0.1)


def _upright(figure: Figure, picture: Picture, canvas: Canvas) -> Axes:
    """Make room for columns or a line, with a scale on the left and names below."""
    low, high = _frame(figure, picture, canvas)
    widest = max((len(label) for _, label in picture.ticks), default=1)
    left = min(0.06 + widest * canvas.letters * 0.62 / 72 / canvas.width, 0.32)
    below = canvas.letters * 3.2 / 72 / figure.get_figheight()
    axes = figure.add_axes((left, low + below, 0.965 - left, high - low - below))
    axes.set_yticks([at for at, _ in picture.ticks], [label for _, label in picture.ticks])
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=_LINES, linewidth=0.8)
    named = [(place, bar.label) for place, bar in enumerate(picture.bars) if bar.label]
    axes.set_xticks([place for place, _ in named], [label for _, label in named])
    _plain_axes(axes, keep="")
    axes.tick_params(axis="x", pad=7)
    return axes


def _tiles(figure: Figure, picture: Picture, canvas: Canvas) -> None:
    low, high = _frame(figure, picture, canvas)
    height = figure.get_figheight()
    tall, gap = 0.9 / height, 0.08 / height
    for place, (label, value) in enumerate(picture.tiles):
        left, top = 0.035 + 0.47 * (place % 2), high - (place // 2) * (tall + gap)
        axes = figure.add_axes((left, top - tall, 0.455, tall), facecolor=_TILE)
        axes.set_xticks([])
        axes.set_yticks([])
        _plain_axes(axes, keep="")
        small: dict[str, Any] = {"fontsize": canvas.letters * 0.85, "color": _QUIET, "va": "center"}
        axes.text(0.05, 0.74, label, transform=axes.transAxes, **small)
        large: dict[str, Any] = {
            "fontsize": canvas.letters * 1.55,
            "fontweight": "bold",
            "va": "center",
        }
        axes.text(0.05, 0.33, value, transform=axes.transAxes, **large)
    if picture.bars:
        top = high - 3 * (tall + gap) - canvas.letters * 2.4 / 72 / height
        figure.text(0.035, top, picture.subtitle, fontweight="bold", va="bottom")
        axes = figure.add_axes((0.35, low, 0.615, top - low))
        _fill_bars(axes, picture.bars)


def _plain_axes(axes: Axes, *, keep: str) -> None:
    axes.tick_params(length=0, labelcolor=_INK)
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(side == keep)
    axes.spines["left"].set_color(_LINES)


def _short(label: str) -> str:
    return label if len(label) <= _LABEL_CHARACTERS else f"{label[: _LABEL_CHARACTERS - 1]}…"


_DRAWERS = {Form.BARS: _bars, Form.COLUMNS: _columns, Form.LINE: _line, Form.TILES: _tiles}

"""Draws a report as a PDF with fpdf2: tagged, with embedded fonts, the same bytes every time."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import matplotlib as mpl
from fpdf import FPDF
from fpdf.enums import TableCellFillMode, XPos, YPos
from fpdf.fonts import FontFace, TTFFont

from workers.reports.charts import PAPER, draw_picture
from workers.reports.fonts import DEVANAGARI, DEVANAGARI_BOLD
from workers.reports.page import Chart, Page, Table

_FONT = "DejaVu"
_ALSO = "Devanagari"
_BOX = "\u25a1"
_INK = (29, 39, 51)
_QUIET = (91, 104, 113)
_ACCENT = (15, 98, 146)
_STRIPE = (243, 246, 248)
_WHITE = (255, 255, 255)
_MARGIN = 18.0
_MARGIN_BELOW = 20.0
_BAND = 11.0
# A table's name column and each of its figure columns.
_NAME_WIDTH = 46
_FIGURE_WIDTH = 20
_ROW = 6.0
# A heading is not left alone at the foot of a page: a few rows stand below it.
_HEADING_NEEDS = 34.0
_HEADLINE_SIZE = 13
_STORY_SIZE = 10


class _Document(FPDF):
    """An A4 document whose pages say at their foot what and which they are."""

    def __init__(self, page: Page) -> None:
        super().__init__(format="A4")
        self._page = page
        fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
        self.add_font(_FONT, "", fonts / "DejaVuSans.ttf")
        self.add_font(_FONT, "B", fonts / "DejaVuSans-Bold.ttf")
        self.add_font(_ALSO, "", DEVANAGARI)
        self.add_font(_ALSO, "B", DEVANAGARI_BOLD)
        self.set_fallback_fonts([_ALSO], exact_match=True)
        # Letters of Devanagari change their shape and place by their neighbours.
        self.set_text_shaping(use_shaping_engine=True)
        self.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.set_auto_page_break(auto=True, margin=_MARGIN_BELOW)
        self.set_title(page.title)
        self.set_author(page.brand)
        self.set_lang(page.language)
        self.set_creator(page.brand)
        self.set_producer(page.brand)
        # The moment the figures were read, not the moment of drawing: equal input, equal bytes.
        self.set_creation_date(datetime.fromisoformat(page.dated))

    def normalize_text(self, text: str) -> str:
        """Show a sign no font has as a box: an empty name would look like a fault."""
        drawn = "".join(sign if self._has(sign) else _BOX for sign in text)
        return str(super().normalize_text(drawn))

    def _has(self, sign: str) -> bool:
        for name in (_FONT, _ALSO):
            font = self.fonts[name.lower()]
            assert isinstance(font, TTFFont)
            if ord(sign) in font.cmap or sign == "\n":
                return True
        return False

    def header(self) -> None:
        """Write the band with the brand on top of a page; called by the library."""
        self.set_fill_color(*_ACCENT)
        self.rect(0, 0, self.w, _BAND, style="F")
        self.set_xy(_MARGIN, 0)
        self.set_font(_FONT, "B", 10)
        self.set_text_color(*_WHITE)
        self.cell(self.epw / 2, _BAND, self._page.brand)
        if self.page_no() > 1:
            self.set_font(_FONT, "", 9)
            self.cell(self.epw / 2, _BAND, self._page.title, align="R")
        self.set_xy(_MARGIN, _MARGIN + 2)

    def footer(self) -> None:
        """Write the foot of a page; called by the library."""
        self.set_y(-14)
        self.set_font(_FONT, size=8)
        self.set_text_color(*_QUIET)
        line = self._page.footer.replace("{page}", str(self.page_no()))
        self.cell(0, 8, line.replace("{pages}", self.str_alias_nb_pages or ""), align="C")


def draw_pdf(page: Page) -> bytes:
    """Return the report as the bytes of a PDF."""
    document = _Document(page)
    document.add_page()
    _head(document, page)
    _headline(document, page)
    _story(document, page.story)
    _notes(document, page.notes)
    for chart in page.charts:
        _chart(document, chart)
    for table in page.tables:
        _table(document, table)
    return bytes(document.output())


def _head(document: _Document, page: Page) -> None:
    _line(document, page.title, size=20, bold=True, color=_INK, height=11)
    _line(document, page.subtitle, size=9, color=_QUIET, height=6)
    document.ln(4)


def _headline(document: _Document, page: Page) -> None:
    """Write the few figures that matter most side by side."""
    width = document.epw / max(len(page.headline), 1)
    size = _fitting(document, [value for _, value in page.headline], width - 2)
    top = document.get_y()
    for place, (label, value) in enumerate(page.headline):
        document.set_xy(document.l_margin + place * width, top)
        _cell(document, width, label, size=8, color=_QUIET)
        document.set_xy(document.l_margin + place * width, top + 5)
        _cell(document, width, value, size=size, bold=True, color=_INK)
    document.set_xy(document.l_margin, top + 15)


def _story(document: _Document, story: str) -> None:
    """Write the sentences below the headline, if there are any."""
    if not story:
        return
    document.set_font(_FONT, "", _STORY_SIZE)
    document.set_text_color(*_INK)
    document.multi_cell(document.epw, 5.5, story, align="L", new_x="LMARGIN", new_y="NEXT")
    document.ln(3)


def _fitting(document: _Document, texts: Sequence[str], width: float) -> float:
    """Return the size at which the widest of the texts still has room."""
    document.set_font(_FONT, "B", _HEADLINE_SIZE)
    widest = max((document.get_string_width(text) for text in texts), default=1.0)
    return min(float(_HEADLINE_SIZE), _HEADLINE_SIZE * (width - 3) / max(widest, 1.0))


def _chart(document: _Document, chart: Chart) -> None:
    picture = io.BytesIO(draw_picture(chart.picture, PAPER))
    image = document.preload_image(picture)[2]
    height = document.epw * float(str(image["h"])) / float(str(image["w"]))
    if document.will_page_break(height + 14):
        document.add_page()
    _heading(document, chart.title)
    picture.seek(0)
    document.image(picture, w=document.epw, alt_text=chart.alt)
    document.ln(2)


def _table(document: _Document, table: Table) -> None:
    whole = _ROW * (len(table.rows) + 2) + 14
    if whole < document.eph / 3 and document.will_page_break(whole):
        document.add_page()  # a short table is not torn apart
    _heading(document, table.title)
    figures = len(table.headers) - 1
    document.set_font(_FONT, size=9)
    document.set_text_color(*_INK)
    document.set_draw_color(*_STRIPE)
    with document.table(
        borders_layout="HORIZONTAL_LINES",
        cell_fill_color=_STRIPE,
        cell_fill_mode=TableCellFillMode.EVEN_ROWS,
        col_widths=(_NAME_WIDTH - 4 * max(figures - 3, 0), *[_FIGURE_WIDTH] * figures),
        headings_style=FontFace(emphasis="BOLD", color=_QUIET),
        line_height=_ROW,
        text_align=("LEFT", *["RIGHT"] * figures),
    ) as drawn:
        for cells in (table.headers, *table.rows):
            row = drawn.row()
            for cell in cells:
                row.cell(cell)
        if table.total:
            row = drawn.row(style=FontFace(emphasis="BOLD"))
            for cell in table.total:
                row.cell(cell)
    if table.note:
        document.ln(1)
        _line(document, table.note, size=8, color=_QUIET, height=4.6)
    document.ln(2)


def _notes(document: _Document, notes: Sequence[str]) -> None:
    """Say of when the figures are and what is not in them, before anybody reads on."""
    for note in notes:
        _line(document, note, size=8, color=_QUIET, height=4.6)


def _heading(document: _Document, text: str) -> None:
    if document.will_page_break(_HEADING_NEEDS):
        document.add_page()
    document.ln(3)
    _line(document, text, size=12, bold=True, color=_ACCENT, height=8)


def _line(
    document: _Document,
    text: str,
    *,
    size: int,
    color: tuple[int, int, int],
    height: float,
    bold: bool = False,
) -> None:
    document.set_font(_FONT, "B" if bold else "", size)
    document.set_text_color(*color)
    document.multi_cell(0, height, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _cell(
    document: _Document,
    width: float,
    text: str,
    *,
    size: float,
    color: tuple[int, int, int],
    bold: bool = False,
) -> None:
    document.set_font(_FONT, "B" if bold else "", size)
    document.set_text_color(*color)
    document.cell(width, 5, text)

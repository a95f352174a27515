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

from workers.reports.charts import draw_bars
from workers.reports.page import Page, Table

_FONT = "DejaVu"
_BOX = "\u25a1"
_INK = (29, 39, 51)
_QUIET = (96, 108, 118)
_ACCENT = (47, 111, 143)
_STRIPE = (243, 246, 248)
_MARGIN = 18.0
_MARGIN_BELOW = 20.0
# A table's name column and each of its figure columns.
_NAME_WIDTH = 46
_FIGURE_WIDTH = 18
# A heading is not left alone at the foot of a page.
_HEADING_NEEDS = 30.0


class _Document(FPDF):
    """An A4 document whose pages say at their foot what and which they are."""

    def __init__(self, page: Page) -> None:
        super().__init__(format="A4")
        self._page = page
        fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
        self.add_font(_FONT, "", fonts / "DejaVuSans.ttf")
        self.add_font(_FONT, "B", fonts / "DejaVuSans-Bold.ttf")
        self.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.set_auto_page_break(auto=True, margin=_MARGIN_BELOW)
        self.set_title(page.title)
        self.set_lang(page.language)
        self.set_creator("FinanceMaster")
        self.set_producer("FinanceMaster")
        # The moment the figures were read, not the moment of drawing: equal input, equal bytes.
        self.set_creation_date(datetime.fromisoformat(page.dated))

    def normalize_text(self, text: str) -> str:
        """Show a sign the font does not have as a box: an empty name would look like a fault."""
        font = self.fonts[_FONT.lower()]
        assert isinstance(font, TTFFont)
        drawn = "".join(sign if ord(sign) in font.cmap else _BOX for sign in text)
        return str(super().normalize_text(drawn))

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
    if page.bars:
        _chart(document, page)
    for table in page.tables:
        _table(document, table)
    _notes(document, page.notes)
    return bytes(document.output())


def _head(document: _Document, page: Page) -> None:
    _line(document, page.title, size=20, bold=True, color=_INK, height=11)
    _line(document, page.subtitle, size=9, color=_QUIET, height=6)
    document.ln(4)


def _headline(document: _Document, page: Page) -> None:
    """Write the few figures that matter most side by side."""
    width = document.epw / max(len(page.headline), 1)
    top = document.get_y()
    for place, (label, value) in enumerate(page.headline):
        document.set_xy(document.l_margin + place * width, top)
        _cell(document, width, label, size=8, color=_QUIET)
        document.set_xy(document.l_margin + place * width, top + 5)
        _cell(document, width, value, size=13, bold=True, color=_INK)
    document.set_xy(document.l_margin, top + 15)


def _chart(document: _Document, page: Page) -> None:
    _heading(document, page.chart_title)
    picture = io.BytesIO(draw_bars(page.bars))
    document.image(picture, w=document.epw, alt_text=page.chart_alt)
    document.ln(2)


def _table(document: _Document, table: Table) -> None:
    _heading(document, table.title)
    figures = len(table.headers) - 1
    document.set_font(_FONT, size=9)
    document.set_text_color(*_INK)
    document.set_draw_color(*_STRIPE)
    with document.table(
        borders_layout="HORIZONTAL_LINES",
        cell_fill_color=_STRIPE,
        cell_fill_mode=TableCellFillMode.EVEN_ROWS,
        col_widths=(_NAME_WIDTH, *[_FIGURE_WIDTH] * figures),
        headings_style=FontFace(emphasis="BOLD", color=_QUIET),
        line_height=6,
        text_align=("LEFT", *["RIGHT"] * figures),
    ) as drawn:
        for cells in (table.headers, *table.rows):
            row = drawn.row()
            for cell in cells:
                row.cell(cell)
    document.ln(2)


def _notes(document: _Document, notes: Sequence[str]) -> None:
    document.ln(3)
    document.set_font(_FONT, size=8)
    document.set_text_color(*_QUIET)
    for note in notes:
        document.multi_cell(0, 4.6, note, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


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
    document.multi_cell(0, height, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _cell(
    document: _Document,
    width: float,
    text: str,
    *,
    size: int,
    color: tuple[int, int, int],
    bold: bool = False,
) -> None:
    document.set_font(_FONT, "B" if bold else "", size)
    document.set_text_color(*color)
    document.cell(width, 5, text)

"""Writes HTML: everything is escaped unless this very module made it."""

from __future__ import annotations

import html
from collections.abc import Iterable

_VOID = frozenset({"input", "link", "meta", "br"})


class Markup(str):
    """Text that is HTML already; any other text is escaped when it is put into a page."""

    __slots__ = ()


Child = Markup | str | int | None | Iterable["Child"]


def tag(name: str, /, *children: Child, **attributes: str | bool | None) -> Markup:
    """Return an element; ``class_`` is the attribute class, ``aria_label`` is aria-label.

    An attribute that is None or False is left out, True stands without a value.
    """
    written = "".join(
        _attribute(key.rstrip("_").replace("_", "-"), value)
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(children)}</{name}>")


def join(children: Child) -> Markup:
    """Put children together: elements as they are, text escaped."""
    if children is None:
        return Markup("")
    if isinstance(children, Markup):
        return children
    if isinstance(children, (str, int)):
        return Markup(html.escape(str(children), quote=True))
    return Markup("".join(join(child) for child in children))


def table(heads: Iterable[str], rows: Iterable[Iterable[Child]]) -> Markup:
    """Return a table with one line of heads."""
    head = tag("tr", [tag("th", text, scope="col") for text in heads])
    body = [tag("tr", [tag("td", cell) for cell in row]) for row in rows]
    return tag("div", tag("table", tag("thead", head), tag("tbody", body)), class_="scroll")


def form(action: str, csrf: str, *children: Child, **attributes: str) -> Markup:
    """Return a form that posts to ``action`` with its synchroniser token."""
    token = tag("input", type="hidden", name="csrf", value=csrf)
    return tag("form", token, *children, method="post", action=action, **attributes)


def document(title: str, sheet: str, *body: Child, lang: str = "en") -> Markup:
    """Return a whole page with one style sheet and no script."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("link", rel="icon", href="/web/icon.svg", type="image/svg+xml"),
        tag("link", rel="stylesheet", href=sheet),
    )
    page = tag("html", head, tag("body", *body), lang=lang)
    return Markup(f"<!doctype html>\n{page}")


def _attribute(name: str, value: str | bool | None) -> str:  # noqa: FBT001 - as HTML has it
    if value is True:
        return f" {name}"
    return f' {name}="{html.escape(str(value), quote=True)}"'

"""The API's own page: made from the routes and the tools, without a script from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.responses import HTMLResponse, Response

from bot.api.markup import Child, Markup, document, table, tag
from bot.app import App
from prompts.phrasebook import Phrasebook
from tools.spec import ToolSpec

_SHEET = "/web/console.css"
_TOOLS = "/api/v1/tools"
_EXAMPLE = """curl -X POST http://127.0.0.1:8000/api/v1/tools/add_entry \\
  -H "Authorization: Bearer $KEY" -H "Idempotency-Key: coffee-1" \\
  -H "Content-Type: application/json" -d '{"amount": "4", "payee": "coffee"}'"""


def docs_routes(app: App, server: FastAPI) -> APIRouter:
    """Return ``/docs``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    def docs() -> Response:
        """Describe keys, resources and tools."""
        return HTMLResponse(_page(app, server.openapi()))

    return router


def _page(app: App, schema: dict[str, Any]) -> Markup:
    book = app.phrasebook("en")
    word = book.render
    header = tag("header", tag("a", word("web.title"), href="/"))
    link = tag("a", word("docs_page.schema"), href="/openapi.json")
    return document(
        word("docs_page.title"),
        _SHEET,
        header,
        tag(
            "main",
            tag("h1", word("docs_page.title")),
            tag("p", word("docs_page.intro")),
            _said(book, "keys"),
            tag("pre", word("docs_page.keys_command")),
            _said(book, "once"),
            _said(book, "limit"),
            _said(book, "errors"),
            tag("h2", word("docs_page.example_title")),
            tag("pre", _EXAMPLE),
            tag("h2", word("docs_page.routes_title")),
            table(
                [word("docs_page.method"), word("docs_page.path"), word("docs_page.what")],
                _resources(schema),
            ),
            _said(book, "tools"),
            [_tool(spec, book) for spec in app.runner.registry if _has_route(schema, spec)],
            tag("p", link),
        ),
    )


def _said(book: Phrasebook, name: str) -> Markup:
    title = tag("h2", book.render(f"docs_page.{name}_title"))
    return Markup(title + tag("p", book.render(f"docs_page.{name}_text")))


def _has_route(schema: dict[str, Any], spec: ToolSpec) -> bool:
    return f"{_TOOLS}/{spec.name}" in schema["paths"]


def _resources(schema: dict[str, Any]) -> Iterator[tuple[Child, ...]]:
    for path, methods in schema["paths"].items():
        if path.startswith(f"{_TOOLS}/"):
            continue
        for method, route in methods.items():
            yield tag("code", method.upper()), tag("code", path), route.get("summary", "")


def _tool(spec: ToolSpec, book: Phrasebook) -> Markup:
    required = set(spec.schema().get("required", ()))
    fields = [
        (
            tag("code", name),
            field.description or "",
            book.render("docs_page.required") if name in required else "",
        )
        for name, field in spec.arguments.model_fields.items()
    ]
    scopes = ", ".join(sorted(spec.scopes))
    return tag(
        "section",
        tag("h3", tag("code", f"POST {_TOOLS}/{spec.name}")),
        tag("p", spec.description.replace("\n\n", " ")),
        tag("p", book.render("docs_page.scopes"), ": ", tag("code", scopes)),
        table([book.render("docs_page.fields"), "", ""], fields) if fields else None,
        class_="card",
    )

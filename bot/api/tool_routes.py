"""Every tool over HTTP, made from its declaration: ``POST /api/v1/tools/<name>``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header
from starlette.responses import JSONResponse

from bot.api.auth import Caller, Who
from bot.api.calling import run
from bot.app import App
from tools.spec import Arguments, ToolSpec

Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="The same key with the same body does it once"),
]
# A file's key is only given out by the upload routes, which run this tool themselves.
_NOT_BY_NAME = frozenset({"import_statement"})


def _means(*, description: str) -> dict[str, Any]:
    """Say in the schema what a status means."""
    return {"description": description}


ANSWERS: dict[int | str, dict[str, Any]] = {
    202: _means(description="Proposed: the user is asked in a chat"),
    401: _means(description="No key, or not a good one"),
    403: _means(description="The key lacks a scope"),
    404: _means(description="No such thing of this user's"),
    409: _means(description="It contradicts how things stand, or the key was used differently"),
    422: _means(description="Something is missing or cannot be read"),
    429: _means(description="Too many requests; see Retry-After"),
}


def tool_routes(app: App) -> APIRouter:
    """Return the list of tools and one route for each."""
    router = APIRouter(prefix="/api/v1/tools", tags=["tools"])
    specs = [spec for spec in app.runner.registry if spec.name not in _NOT_BY_NAME]

    @router.get("", summary="List the tools with their schemas")
    def list_tools(_caller: Who) -> JSONResponse:
        """Return name, description, effect, tier, scopes and argument schema of each tool."""
        return JSONResponse({"tools": [_described(spec) for spec in specs]})

    for spec in specs:
        router.add_api_route(
            f"/{spec.name}",
            _endpoint(app, spec),
            methods=["POST"],
            name=spec.name,
            summary=spec.description.partition("\n")[0],
            description=spec.description,
            responses=ANSWERS,
            response_class=JSONResponse,
        )
    return router


def _endpoint(app: App, spec: ToolSpec) -> Callable[..., JSONResponse]:
    def call(caller: Caller, body: Arguments, key: str | None = None) -> JSONResponse:
        arguments = body.model_dump(mode="json", exclude_unset=True)
        return run(app, caller, spec.name, arguments, key)

    # The body's type is the tool's own: what the framework reads is made here.
    call.__annotations__ = {"caller": Who, "body": spec.arguments, "key": Key}
    return call


def _described(spec: ToolSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "description": spec.description,
        "effect": spec.effect.value,
        "tier": int(spec.tier),
        "scopes": sorted(spec.scopes),
        "arguments": spec.schema(),
    }

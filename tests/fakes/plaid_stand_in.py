"""Plaid as its official description says: examples for answers, every request held against it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import yaml

_SPEC = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "specs"
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


@cache
def load_plaid_spec() -> dict[str, Any] | None:
    """Return the description, or None where it is not beside the checkout."""
    path = _SPEC / "plaid_openapi_2020-09-14.yml.gz"
    if not path.exists():
        return None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with gzip.open(path) as file:
        spec: dict[str, Any] = yaml.load(file, Loader=loader)  # noqa: S506 - a safe loader
    return spec


class PlaidStandIn:
    """A server on this machine; ``faults`` is all that a request had and should not have had."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.spec = spec
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.faults: list[str] = []
        # What to answer instead, by path: a status and a body, raw or as an object.
        self.answers: dict[str, list[tuple[int, Any]]] = {}
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers["content-length"])
                status, body = stand_in.answer(self.path, json.loads(self.rfile.read(size)))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        """Hold a request against the description and answer it."""
        self.asked.append((path, body))
        operation = self.spec["paths"].get(path, {}).get("post")
        if operation is None:
            self.faults.append(f"no path {path}")
            return 404, b"{}"
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        self.faults += self._faults(schema, body, path)
        waiting = self.answers.get(path)
        if waiting:
            status, told = waiting.pop(0)
            return status, told if isinstance(told, bytes) else json.dumps(told).encode()
        return 200, json.dumps(self.example(path), default=str).encode()

    def example(self, path: str) -> dict[str, Any]:
        """Return the description's own example of an answer."""
        content = self.spec["paths"][path]["post"]["responses"]["200"]["content"]
        examples = content["application/json"]["examples"]
        told: dict[str, Any] = dict(next(iter(examples.values()))["value"])
        return told

    def fields(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return the properties of a schema, those it has by reference included."""
        schema = self._resolved(schema)
        found = dict(schema.get("properties", {}))
        for part in schema.get("allOf", ()):
            found |= self.fields(part)
        return found

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            place: Any = self.spec
            for step in schema["$ref"].removeprefix("#/").split("/"):
                place = place[step]
            schema = place
        return schema

    def _faults(self, schema: Mapping[str, Any], value: Any, place: str) -> Iterator[str]:
        schema = self._resolved(schema)
        wanted = _TYPES.get(schema.get("type", ""))
        if wanted and not isinstance(value, wanted):
            yield f"{place}: is no {schema['type']}"
        if value not in schema.get("enum", [value]):
            yield f"{place}: {value!r} is none of its values"
        if isinstance(value, dict):
            yield from self._field_faults(schema, value, place)
        if isinstance(value, list) and "items" in schema:
            for inner in value:
                yield from self._faults(schema["items"], inner, f"{place}[]")

    def _field_faults(
        self, schema: Mapping[str, Any], value: Mapping[str, Any], place: str
    ) -> Iterator[str]:
        known = self.fields(schema)
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{place}: {name} is missing"
        for name, inner in value.items():
            if known and name not in known:
                yield f"{place}: no field {name}"
            elif known:
                yield from self._faults(known[name], inner, f"{place}.{name}")

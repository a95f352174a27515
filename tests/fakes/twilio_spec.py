"""Checks a form against Twilio's official interface description, the way its front door would."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_SPEC = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "specs"
MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"

Fields = Mapping[str, Sequence[str]]


@cache
def load_spec(name: str = "twilio_api_v2010") -> dict[str, Any] | None:
    """Return the description, or None where it is not beside the checkout."""
    path = _SPEC / f"{name}.json.gz"
    if not path.exists():
        return None
    with gzip.open(path) as file:
        spec: dict[str, Any] = json.load(file)
    return spec


class TwilioSpec:
    """The part of the description that is about creating and listing messages."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self._spec = spec
        operation = spec["paths"][MESSAGES]["post"]
        content = operation["requestBody"]["content"]
        self.create = content["application/x-www-form-urlencoded"]["schema"]
        self.filters = {each["name"]: each for each in spec["paths"][MESSAGES]["get"]["parameters"]}

    def faults(self, fields: Fields) -> list[str]:
        """Return what is wrong with a form that would create a message."""
        properties = self.create["properties"]
        missing = [f"{name} is missing" for name in self.create["required"] if name not in fields]
        unknown = [f"{name} is unknown" for name in fields if name not in properties]
        wrong = [
            fault
            for name, values in fields.items()
            if name in properties
            for fault in self._value_faults(name, values)
        ]
        return missing + unknown + wrong + list(_combination_faults(fields))

    def _value_faults(self, name: str, values: Sequence[str]) -> Iterator[str]:
        schema = self._resolved(self.create["properties"][name])
        if schema.get("type") != "array" and len(values) != 1:
            yield f"{name} comes {len(values)} times"
        items = self._resolved(schema["items"]) if schema.get("type") == "array" else schema
        for value in values:
            if not _fits(items, value):
                yield f"{name} does not fit"

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" not in schema:
            return schema
        found: Any = self._spec
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        resolved: Mapping[str, Any] = found
        return resolved


def _combination_faults(fields: Fields) -> Iterator[str]:
    """Say what the prose of the description asks for: a sender, and something to say."""
    if not {"From", "MessagingServiceSid"} & set(fields):
        yield "nobody sends it"
    if not {"Body", "MediaUrl", "ContentSid"} & set(fields):
        yield "nothing is said"
    validity = fields.get("ValidityPeriod", ["1"])[0]
    if validity.isdigit() and not 1 <= int(validity) <= 36000:
        yield "ValidityPeriod is out of range"
    if len(fields.get("Body", [""])[0]) > 1600:
        yield "Body is too long"


def _fits(schema: Mapping[str, Any], value: str) -> bool:
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "pattern" in schema and re.fullmatch(schema["pattern"].strip("^$"), value) is None:
        return False
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 100_000):
        return False
    checks = {
        "integer": lambda: re.fullmatch(r"-?\d+", value) is not None,
        "boolean": lambda: value in {"true", "false"},
        "number": lambda: re.fullmatch(r"-?\d+(\.\d+)?", value) is not None,
    }
    fits_type = checks.get(schema.get("type", ""), lambda: True)()
    return fits_type and (schema.get("format") != "uri" or _is_uri(value))


def _is_uri(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in value

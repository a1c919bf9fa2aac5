"""Pydantic's complaints as findings an author understands: allowed values, near names, how to write it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from bot.playbooks.errors import Finding, Path, did_you_mean
from bot.playbooks.model import Playbook
from bot.playbooks.source import Document

_KEY = "[key]"
_NEEDED = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_WRITE = {
    "text": "put it in quotes",
    "true or false": "write true or false",
    "a whole number": "write digits without quotes",
    "a number": "write digits without quotes",
    "a list": "write [a, b] or lines that begin with -",
    "a mapping": "write {key: value} or indented `key: value` lines",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "more than"),
    "less_than": ("lt", "less than"),
}
_LENGTHS = {
    "string_too_short": ("min_length", "is too short: at least {} characters"),
    "string_too_long": ("max_length", "is too long: at most {} characters"),
    "too_short": ("min_length", "has too few items: at least {}"),
    "too_long": ("max_length", "has too many items: at most {}"),
    "missing": ("", "is missing"),
}


def translate(document: Document, errors: Iterable[ErrorDetails]) -> list[Finding]:
    """One finding for each validation error, at its line."""
    return [_translate(document, error) for error in errors]


def _translate(document: Document, error: ErrorDetails) -> Finding:
    path: Path = error["loc"]
    kind, context, given = error["type"], error.get("ctx", {}), error["input"]
    if path and path[-1] == _KEY:
        path = path[:-1]
        name = str(path[-1])
        if kind == "string_too_long":
            problem = f"the name is longer than {context['max_length']} characters"
            return document.finding(path, problem, "shorten it")
        if path[0] == "days":
            return document.finding(path, f"{name!r} is not a day", "write year, month and day: 2026-12-31")
        return document.finding(path, f"{name!r} is not a name", "use latin letters, digits and _, a letter first")
    if kind == "extra_forbidden":
        name = str(path[-1])
        return document.finding(path, f'key "{name}" is unknown here', did_you_mean(name, _keys_at(path[:-1])))
    if kind == "missing":
        return document.finding(path, f'key "{path[-1]}" is missing', "add it")
    if kind == "literal_error":
        allowed = context["expected"].replace("'", "")
        near = get_close_matches(str(given), allowed.replace(" or ", ", ").split(", "), n=1)
        mend = f'did you mean "{near[0]}"?' if near else f"use {allowed}"
        return document.finding(path, f"{_shown(given)} is not allowed here", mend)
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        return document.finding(path, f"{given} is out of range", f"use {words} {context[bound]}")
    if kind in _LENGTHS:
        bound, words = _LENGTHS[kind]
        if given == "":
            return document.finding(path, "is empty", "write at least a word")
        return document.finding(path, words.format(context[bound]))
    if kind == "string_pattern_mismatch":
        return document.finding(path, f"{_shown(given)} is not written as expected", _form(path))
    if kind == "value_error":
        problem, _, mend = str(context["error"]).partition("; ")
        return document.finding(path, problem, mend)
    needed = _NEEDED.get(kind, "another kind of value")
    return document.finding(path, f"{_shown(given)} stands where {needed} is needed", _mend(needed, given))


def _mend(needed: str, given: object) -> str:
    if needed == "a whole number" and isinstance(given, float):
        return "write it without a fraction"
    if needed == "text" and isinstance(given, int | float) and not isinstance(given, bool):
        return f"put it in quotes: '{given}'"
    return _WRITE.get(needed, "")


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, tuple) else repr(value)


def _form(path: Path) -> str:
    """How a patterned value is written, by the key it stands under."""
    forms = {
        "hours": "write a window of the day: 09:00-19:00",
        "days": "write `off` or the window of that day: 10:00-16:00",
        "window": "write a window of the day: 10:00-20:00",
        "client_hours": "write a window of the day: 09:00-21:00",
        "to": "write pipeline.stage",
        "crm": "write the field's code: UF_CRM_…",
    }
    for part in reversed(path):
        if part in forms:
            return forms[str(part)]
    return "use latin letters, digits and _, a letter first"


def _keys_at(path: Path) -> list[str]:
    """The keys that the model allows at this place."""
    here: Any = Playbook
    for part in path:
        model = _model_in(here)
        if model is not None and part in model.model_fields:
            here = model.model_fields[str(part)].annotation
        else:
            here = _item_of(here)
    model = _model_in(here)
    return list(model.model_fields) if model is not None else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model itself, or the one of an optional part; a mapping or a list is none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (dict, tuple):
        return None
    return next((found for arg in get_args(annotation) if (found := _model_in(arg)) is not None), None)


def _item_of(annotation: Any) -> Any:
    """What a mapping or a list holds."""
    args = get_args(annotation)
    match get_origin(annotation):
        case origin if origin is dict:
            return args[1]
        case origin if origin is tuple:
            return args[0]
    return next((_item_of(arg) for arg in args if get_origin(arg) in (dict, tuple)), None)

"""How one YAML value is read: as text, or as a reference that stands for a text; and what to say when it is neither."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic_core import PydanticCustomError

from ecsgen import scalars
from ecsgen.hcl import Reference, reference_problem
from ecsgen.problems import shorten


def invalid(message: str, hint: str = "", code: str = "EG102") -> PydanticCustomError:
    """An error of a value, to be raised inside a validator."""
    return PydanticCustomError("ecsgen", "{message}", {"message": message, "hint": hint, "code": code})


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint that names the known word most like this one, or all of them when none is close."""
    words = list(known)
    folded = {other.lower(): other for other in words}
    if close := difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.6):
        return f"did you mean {folded[close[0]]}?"
    return f"known: {', '.join(words)}" if words else ""


def either(words: Sequence[str]) -> str:
    """The words as a person lists what can be chosen from."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def kind_of(value: Any) -> str:
    """What a person calls this YAML value."""
    if scalars.is_null(value):
        return "nothing (null)"
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    return f'"{shorten(str(value))}"'


def read_text(value: Any) -> str:
    """Any scalar as the text that was written. Raises for null, maps, lists and text that no AWS API takes."""
    refuse_reference(value)
    if scalars.is_null(value):
        raise invalid("the value is missing", 'write a value, or "" for empty text')
    if not isinstance(value, str):
        raise invalid(f"text is expected, not {kind_of(value)}", "write one text, in quotes if need be")
    text = str(value)
    if "\0" in text:
        raise invalid("the text holds a NUL character, which no container can be given", "remove \\0", "EG106")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise invalid(
            "the text holds half of a surrogate pair", "write the character itself, or \\U and 8 digits", "EG106"
        )
    return text


def is_reference(value: Any) -> bool:
    """Whether this is written as a reference: `{ref: local.name}`."""
    return isinstance(value, Reference) or (isinstance(value, dict) and "ref" in value)


REFUSED = (
    "a reference cannot stand here: ecsgen must know the value before Terraform runs",
    "write the value itself",
    "EG121",
)


def refuse_reference(value: Any) -> None:
    """Raise for a reference: the value decides something that ecsgen does before Terraform runs."""
    if is_reference(value):
        raise invalid(*REFUSED)


def read_reference(value: Any, *, several: bool = False) -> Reference:
    """A reference as it was written; `several`: to a whole list, and not to one text."""
    if isinstance(value, Reference):
        return value
    if set(value) != {"ref"}:
        others = ", ".join(shorten(str(key)) for key in value if key != "ref")
        raise invalid(
            f"a reference has the key ref alone, and here is {others} too", "write {ref: local.name}", "EG120"
        )
    text = value["ref"]
    if not isinstance(text, str):
        raise invalid(f"a reference is a text, not {kind_of(text)}", "write {ref: local.name}", "EG120")
    message, hint = reference_problem(text)
    if message:
        raise invalid(message, hint, "EG120")
    found = Reference(text)
    if found.is_list and not several:
        raise invalid(
            f"{text} gives a list, and here stands one text",
            f"write {text.replace('[*]', '[0]')} for its first",
            "EG120",
        )
    return found


def read_text_or_reference(value: Any) -> str:
    """Any scalar as the text that was written, or a reference whose value Terraform will know."""
    return read_reference(value) if is_reference(value) else read_text(value)

"""What changes inside a resource, attribute by attribute, for display: no secret, nothing longer than a line.

JSON inside a string (container definitions, policies) is compared as what it means, and lists whose items have a
name are compared by name, so a new image shows as `container_definitions.web.image` and not as a blob.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SENSITIVE = "(sensitive)"
UNKNOWN = "(known after apply)"
HIDDEN = "(not shown)"
LONGEST = 80

_NAMES = ("name", "Name", "Sid", "capacity_provider", "container_name", "containerPort", "sourceVolume")
"""Keys that tell the items of a list apart, if every item has one and no two are the same."""
_ENVIRONMENT = "environment"
"""Under this key stand the values of environment variables: they may be secrets, whatever Terraform thinks of them."""


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """One value that changes. None is absent or empty; else text for display (see SENSITIVE, UNKNOWN, HIDDEN)."""

    path: str
    before: str | None
    after: str | None

    @property
    def is_known(self) -> bool:
        """Whether Terraform knows already what the value will be."""
        return self.after != UNKNOWN


@dataclass(frozen=True, slots=True)
class Side:
    """The value on one side of a change, which parts of it are sensitive, and which are not known yet.

    `sensitive` and `unknown` are as in `terraform show -json`: true for all of it, or shaped like the value.
    """

    value: Any
    sensitive: Any = False
    unknown: Any = False

    def at(self, key: str | int) -> Side:
        """The part under a key or an index."""
        return Side(_at(self.value, key), _at(self.sensitive, key, True), _at(self.unknown, key, True))

    @property
    def text(self) -> str | None:
        """The value for display; what is sensitive anywhere in it is masked as a whole."""
        if _any(self.sensitive):
            return SENSITIVE
        if _any(self.unknown):
            return UNKNOWN
        return None if self.value in (None, "", [], {}) else _shorten(_redact(self.value))


def compare(before: Side, after: Side, path: str = "", hidden: bool = False) -> Iterator[AttributeChange]:
    """The innermost values that differ. Empty and absent are the same: the provider does not tell them apart."""
    hidden = hidden or (path.rsplit(".", 1)[-1] == _ENVIRONMENT and not path.startswith("tags"))
    if after.unknown is True or before.sensitive is True or after.sensitive is True:
        if after.unknown is True or _differ(before.value, after.value):
            yield _change(path, before, after, hidden)
        return
    if not _any(after.unknown) and not _differ(before.value, after.value):
        return
    parsed = _parse(before), _parse(after)
    if all(side is not None for side in parsed):
        before, after = (side for side in parsed if side is not None)
    keys = _keys(before.value, after.value, after.unknown)
    if keys is None:
        yield _change(path, before, after, hidden)
        return
    for name, before_key, after_key in keys:
        inner = f"{path}.{name}".strip(".")
        old = before.at(before_key) if before_key is not None else Side(None)
        new = after.at(after_key) if after_key is not None else Side(None)
        if hidden and isinstance(old.value or new.value, dict) and "value" in (old.value or new.value):
            if _differ(old.value, new.value):  # {name, value}: one line for the variable
                yield _change(inner, old, new, hidden)
        else:
            yield from compare(old, new, inner, hidden)


def dotted(path: list[str | int]) -> str:
    """A path of `replace_paths` in the form of AttributeChange.path."""
    return ".".join(str(part) for part in path if part != 0)


def _change(path: str, before: Side, after: Side, hidden: bool) -> AttributeChange:
    def show(side: Side) -> str | None:
        text = side.text
        return HIDDEN if hidden and text not in (None, SENSITIVE, UNKNOWN) else text

    return AttributeChange(path, show(before), show(after))


def _keys(before: Any, after: Any, unknown: Any) -> list[tuple[str, str | int | None, str | int | None]] | None:
    """The parts to compare as (name, key before, key after); None when the values are compared whole."""
    if isinstance(before, dict | None) and isinstance(after, dict | None):
        names = list(dict.fromkeys([*(before or {}), *(after or {}), *(unknown if isinstance(unknown, dict) else {})]))
        return [(name, name, name) for name in sorted(names)] if before is not None and after is not None else None
    if not isinstance(before, list) or not isinstance(after, list):
        return None
    if not all(isinstance(item, dict) for item in [*before, *after]):
        return None
    for key in _NAMES:
        old, new = _index(before, key), _index(after, key)
        if old is not None and new is not None:
            return [(name, old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new])]
    if len(before) == len(after):
        return [("" if len(before) == 1 else str(index), index, index) for index in range(len(before))]
    return None


def _index(items: list[dict[str, Any]], key: str) -> dict[str, int] | None:
    index = {str(item[key]): position for position, item in enumerate(items) if item.get(key) is not None}
    return index if len(index) == len(items) else None


def _parse(side: Side) -> Side | None:
    """The value with JSON in a string decoded; None when it is not such a string."""
    value = _decode(side.value)
    return None if value is side.value else Side(value)


def _decode(value: Any) -> Any:
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _redact(value: Any) -> Any:
    """The value with the names but not the values of environment variables, at any depth, also in JSON in strings."""
    value = _decode(value)
    if isinstance(value, list):
        return [_redact(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    shown = {key: _redact(inner) for key, inner in value.items()}
    variables = value.get(_ENVIRONMENT)
    if isinstance(variables, list):
        shown[_ENVIRONMENT] = [item.get("name") if isinstance(item, dict) else HIDDEN for item in variables]
    elif isinstance(variables, dict):
        shown[_ENVIRONMENT] = list(variables)
    elif variables is not None:
        shown[_ENVIRONMENT] = HIDDEN
    return shown


def _at(value: Any, key: str | int, inherit: bool = False) -> Any:
    if isinstance(value, dict):
        return value.get(str(key))
    if isinstance(value, list) and isinstance(key, int):
        return value[key] if key < len(value) else None
    return value if inherit and value is True else None


def _any(mask: Any) -> bool:
    """Whether a mask marks anything at all."""
    if isinstance(mask, dict):
        return any(map(_any, mask.values()))
    return any(map(_any, mask)) if isinstance(mask, list) else bool(mask)


def _differ(before: Any, after: Any) -> bool:
    return bool(_normal(before) != _normal(after))


def _normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: inner for key, inner in ((key, _normal(inner)) for key, inner in value.items()) if inner} or None
    if isinstance(value, list):
        return [_normal(inner) for inner in value] or None
    return value or None


def _shorten(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    text = " ".join(text.split())
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST * 2 // 3]}…{text[-LONGEST // 3 :]}"

"""HCL literals and references: the only way a value gets into the Terraform text that ecsgen writes.

Every value a template prints goes through `to_hcl` and becomes a literal: no text can turn into code.
Only a `Ref`, whose text was checked when it was made, passes as it is.
The grammar is HashiCorp's "HCL Native Syntax Specification".
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

INLINE_ITEMS = 4
"""A list of scalars with more items than this goes on several lines, one item each."""

INLINE_COLUMNS = 72
"""So does one whose text on one line, brackets included, has more characters than this."""

_IDENTIFIER = r"[A-Za-z_][A-Za-z0-9_-]*"
_INDEX = r'\["[A-Za-z0-9_./:@-]+"\]|\[[0-9]{1,9}\]|\[\*\]'
_is_identifier = re.compile(_IDENTIFIER).fullmatch
_is_traversal = re.compile(rf"{_IDENTIFIER}(?:{_INDEX})*(?:\.{_IDENTIFIER}(?:{_INDEX})*)*").fullmatch

# Bare, these are not (or not everywhere) read as the key of that name.
_KEYWORDS = frozenset({"null", "true", "false", "for", "in", "if", "else", "endif", "endfor"})

# NUL (nothing in AWS or in a container's environment can hold it) and lone surrogates (not characters).
_unwritable = re.compile("[\x00\ud800-\udfff]").search

# What must be escaped, and what a reviewer could not see: control and format characters, line separators,
# and those that change the reading direction. A fixed list: Python's own tables change between versions.
_ESCAPED = re.compile(
    r'["\\\x01-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb'
    r"\U000e0000-\U000e007f]|[$%]\{"
)
_SHORT = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"}
# Not `$${`: python-hcl2 refuses some texts with it that Terraform accepts.
_SHORT |= {"${": r"$\u007b", "%{": r"%\u007b"}

# Terraform computes with 512 bits; a longer number would lose its last digits.
_NUMBER_BITS = 512


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to another object of the configuration, for example `module.web_task.arns["main"]`.

    Names joined by dots, each with indexes (`["key"]`, `[0]`, `[*]`) if need be, in ASCII and without
    blanks; anything else is a ValueError.
    """

    text: str

    def __post_init__(self) -> None:
        if not _is_traversal(self.text):
            raise ValueError(f"not a reference: {self.text!r}")

    def __str__(self) -> str:
        return self.text


def identifier(name: str) -> Ref:
    """A name by itself, for a block's label or an argument's name; a ValueError when it is not one."""
    if not _is_identifier(name):
        raise ValueError(f"not a name in HCL: {name!r}")
    return Ref(name)


def text_problem(text: str) -> str:
    """Why `text` cannot be written as HCL, as the end of a sentence ("it holds …"); empty when it can."""
    found = _unwritable(text)
    if not found:
        return ""
    return "it holds a NUL character" if found.group() == "\0" else "it holds half of a surrogate pair"


def to_hcl(value: Any, indent: int = 0) -> str:
    """The HCL literal of `value`; Terraform reads back the same value, with text normalized to NFC.

    Takes None, bool, int, finite float, str, Ref, and lists, tuples and mappings (text keys) of these.
    `indent` is the level, of two blanks each, at which the literal's last line stands. Lists of at most
    `INLINE_ITEMS` scalars and `INLINE_COLUMNS` characters stand on one line; other lists and all maps have
    one item a line, so that a change of one item is a change of one line. Equal signs are not aligned:
    `render.format` does that for the whole file.

    Raises ValueError for what HCL cannot hold, TypeError for a value of another type.
    """
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, Ref):
        return value.text
    if isinstance(value, Mapping):
        return _map(value, indent)
    if isinstance(value, (list, tuple)):
        return _list(value, indent)
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if value.bit_length() > _NUMBER_BITS:
            raise ValueError(f"a number of more than {_NUMBER_BITS} bits")
        return str(int(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not a number in HCL")
        return repr(float(value) + 0.0)  # so that -0.0 becomes 0.0, which is all that Terraform knows
    raise TypeError(f"cannot write {type(value).__name__} as HCL")


def _quote(text: str) -> str:
    problem = text_problem(text)
    if problem:
        raise ValueError(f"text that cannot be written as HCL: {problem}")
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    found = match.group()
    short = _SHORT.get(found)
    if short:
        return short
    code = ord(found)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _list(items: Sequence[Any], indent: int) -> str:
    if not items:
        return "[]"
    texts = [to_hcl(item, indent + 1) for item in items]
    if len(items) <= INLINE_ITEMS and not any(isinstance(item, (Mapping, list, tuple)) for item in items):
        line = f"[{', '.join(texts)}]"
        if len(line) <= INLINE_COLUMNS:
            return line
    inner = "  " * (indent + 1)
    lines = "".join(f"{inner}{text},\n" for text in texts)
    return f"[\n{lines}{'  ' * indent}]"


def _map(items: Mapping[Any, Any], indent: int) -> str:
    if not items:
        return "{}"
    inner = "  " * (indent + 1)
    lines = []
    seen: dict[str, str] = {}
    for key, value in items.items():
        if not isinstance(key, str):
            raise TypeError(f"cannot write {type(key).__name__} as the key of a map in HCL")
        # Terraform normalizes keys too, and of two that become equal it would silently drop one.
        other = seen.setdefault(key if key.isascii() else unicodedata.normalize("NFC", key), key)
        if other is not key:
            raise ValueError(f"two keys that Terraform reads as the same: {other!r} and {key!r}")
        name = key if _is_identifier(key) and key not in _KEYWORDS else _quote(key)
        lines.append(f"{inner}{name} = {to_hcl(value, indent + 1)}\n")
    return f"{{\n{''.join(lines)}{'  ' * indent}}}"

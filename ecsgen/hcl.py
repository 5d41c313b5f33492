"""HCL literals and references: the only way a value gets into the Terraform text that ecsgen writes.

Every value a template prints goes through `to_hcl` and becomes a literal: no text can turn into code.
Only a `Ref` or a `Reference`, whose text was checked when it was made, passes as it is.
The grammar is HashiCorp's "HCL Native Syntax Specification".
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecsgen.problems import shorten

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


class Reference(str):
    """What a user wrote as `{ref: TRAVERSAL}` where text is expected: a reference into their own Terraform.

    It is the traversal, and is printed as it stands. The text must begin with a resource type, `data`, `local`, `var`
    or `module`, and go on to a value: names, `[0]`, `["key"]` and at most one `[*]`, which gives a list. Anything else
    is a ValueError that reads "what; what to write". It never equals a text, and sorts behind all texts.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Reference:
        """Raise ValueError for a text that is no reference."""
        message, hint = reference_problem(text)
        if message:
            raise ValueError(f"{message}; {hint}")
        return super().__new__(cls, text)

    @property
    def is_list(self) -> bool:
        """Whether it gives a list, as far as its text says."""
        return "[*]" in self

    @property
    def address(self) -> str:
        """What it refers to, without indexes: `local.x`, `module.x`, `aws_y.x`, `data.aws_y.x`."""
        names = re.sub(_INDEX, "", str(self)).split(".")
        return ".".join(names[: 3 if names[0] == "data" else 2])

    def __iter__(self) -> Iterator[str]:
        raise TypeError(f"what {self} stands for is not known, so it has no items")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((Reference, str.__hash__(self)))

    def __lt__(self, other: str) -> bool:
        return isinstance(other, Reference) and str.__lt__(self, other)

    def __gt__(self, other: str) -> bool:
        return not isinstance(other, Reference) or str.__gt__(self, other)


_LOCAL = rf"(?:local|var)\.{_IDENTIFIER}"
_OBJECT = rf"(?:module|(?:data\.)?[a-z][a-z0-9]*(?:_[a-z0-9]+)+)\.{_IDENTIFIER}"
_is_value = re.compile(rf"(?:{_LOCAL}|{_OBJECT}(?:{_INDEX})?\.{_IDENTIFIER})(?:\.{_IDENTIFIER}|{_INDEX})*").fullmatch
_is_object = re.compile(rf"{_OBJECT}(?:{_INDEX})*").fullmatch
_REFERENCE_LIMIT = 500
_REFERENCE_HINT = (
    "write it like aws_db_instance.main.address, data.aws_vpc.main.id, module.vpc.vpc_id, local.name or var.name; "
    "an expression goes into a local value"
)


def reference_problem(text: str) -> tuple[str, str]:
    """Why a text is no reference, and what to write; both empty when it is one."""
    shown = shorten(text, 80)
    if _is_object(text):
        return f'"{shown}" is a whole object and no value', f"name one of its values, for example {text}.arn"
    inner = text.strip().removeprefix("${").removesuffix("}").strip()
    hint = f"write {inner}" if inner != text and _is_value(inner) else _REFERENCE_HINT
    if not _is_value(text) or len(text) > _REFERENCE_LIMIT or text.count("[*]") > 1:
        return f'"{shown}" is not a reference', hint
    for word in re.findall(_IDENTIFIER, re.sub(r'"[^"]*"', "", text)):
        if word in _KEYWORDS:
            return f'"{shown}" is not a reference: {word} is a word of Terraform\'s own', hint
    return "", ""


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

    Takes None, bool, int, finite float, str, Ref, Reference, and lists, tuples and mappings (text keys) of these.
    `indent` is the level, of two blanks each, at which the literal's last line stands. Lists of at most
    `INLINE_ITEMS` scalars and `INLINE_COLUMNS` characters stand on one line; other lists and all maps have
    one item a line, so that a change of one item is a change of one line. Equal signs are not aligned:
    `render.format` does that for the whole file.

    Raises ValueError for what HCL cannot hold, TypeError for a value of another type.
    """
    if isinstance(value, Reference):
        return Ref(str(value)).text
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

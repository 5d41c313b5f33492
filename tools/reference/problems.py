"""The reference of problems: every code with its title, and the messages that the source has for it.

A message is read from the call that makes it; what is filled in at run time stands as `…`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ecsgen.problems import CODES
from reference.markdown import cell, join

PACKAGE = Path(__file__).resolve().parent.parent.parent / "ecsgen"
DEFAULT_CODE = "EG102"
"""What `fields.invalid` says when it is given no code."""

INTRODUCTION = """\
# Problems

Every code that `ecsgen validate` knows, generated from the source. A problem prints as

```text
FILE:LINE:COL: error EG101: what is wrong; what to write instead
```

All problems of a description are reported in one run, sorted by place. An error ends the command with exit code 2; a
warning does not. `…` stands for what is filled in from your description. A code never changes its meaning, so it can be
searched for, and named in a comment.
"""

GROUPS = {
    "0": "The file and its YAML",
    "1": "Keys and values",
    "2": "Names, regions and tags",
    "3": "Containers and tasks",
    "4": "Network and load balancer",
    "5": "Services and scaling",
    "6": "Permissions and secrets",
    "7": "State",
}
"""Title of each group of codes, by the first digit."""


@dataclass(frozen=True, order=True)
class Message:
    """One message of a code, and what it advises."""

    code: str
    text: str
    hint: str
    warning: bool


def page() -> str:
    """The whole page."""
    found = messages()
    lines = [*INTRODUCTION.splitlines()]
    for digit, title in GROUPS.items():
        lines += ["", f"## {title}"]
        for code, meaning in CODES.items():
            if code[2] == digit:
                lines += ["", f"### {code}: {meaning} {{#{code.lower()}}}", ""]
                lines += [_line(item) for item in found if item.code == code]
    return join(lines)


def _line(item: Message) -> str:
    hint = f" What to do: {cell(item.hint).rstrip('.')}." if item.hint else ""
    return f"- {'*Warning.* ' if item.warning else ''}{cell(item.text)}.{hint}"


def messages() -> list[Message]:
    """Every message of the package, sorted."""
    found = {
        message
        for path in sorted(PACKAGE.rglob("*.py"))
        for message in _in(ast.parse(path.read_text(encoding="utf-8")))
    }
    shown = {(item.code, item.text) for item in found if item.hint}
    return sorted(item for item in found if item.hint or (item.code, item.text) not in shown)


def _in(module: ast.Module) -> Iterator[Message]:
    for function in ast.walk(module):
        if isinstance(function, ast.FunctionDef):
            names = _assigned(module.body) | _assigned(ast.walk(function))
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and (code := _code_of(node)) is not None:
                    yield from _messages(code, node, names)


def _assigned(nodes: Iterable[ast.AST]) -> dict[str, list[ast.expr]]:
    """What is assigned to each plain name."""
    names: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names.setdefault(node.targets[0].id, []).append(node.value)
    return names


def _code_of(call: ast.Call) -> str | None:
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    code = next((str(value.value) for value in values if isinstance(value, ast.Constant) and _is_code(value)), None)
    has_default = isinstance(call.func, ast.Name) and call.func.id == "invalid"
    return DEFAULT_CODE if code is None and has_default else code


def _messages(code: str, call: ast.Call, names: dict[str, list[ast.expr]]) -> Iterator[Message]:
    """What one call can say: a text that is one of several gives one message for each."""
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    positional: list[list[str]] = []
    for value in call.args:
        if isinstance(value, ast.Starred) and isinstance(value.value, ast.Name):
            pairs = [getattr(assigned, "elts", []) for assigned in names.get(value.value.id, [])]
            positional += [_texts(item, names) for pair in pairs for item in pair]
        elif not _is_code(value) and (sides := _texts(value, names)):
            positional.append(sides)
    message = _texts(named["message"], names) if "message" in named else positional.pop(0) if positional else []
    hints = _texts(named["hint"], names) if "hint" in named else positional.pop(0) if positional else []
    warning = any(
        isinstance(value, ast.Attribute) and value.attr == "WARNING" for value in [*call.args, *named.values()]
    )
    hint = "; or ".join(hint for hint in hints if _says_enough(hint))
    yield from (Message(code, text, hint, warning) for text in message if _says_enough(text))


def _says_enough(text: str) -> bool:
    """Whether words are left beside what is filled in."""
    return bool(text) and ("…" not in text or len(re.findall(r"[A-Za-z]{2,}", text)) > 2)


def _is_code(value: ast.expr) -> bool:
    return (
        isinstance(value, ast.Constant)
        and isinstance(value.value, str)
        and len(value.value) == 5
        and value.value.startswith("EG")
        and value.value[2:].isdigit()
    )


def _texts(value: ast.expr, names: dict[str, list[ast.expr]]) -> list[str]:
    """The texts that an expression can be, with `…` for what is known only at run time; empty for no text."""
    match value:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)
            return [re.sub("…+", "…", text)]
        case ast.IfExp(body=body, orelse=orelse):
            return [*_texts(body, names), *_texts(orelse, names)]
        case ast.Name(id=name):
            return [text for assigned in names.get(name, []) for text in _texts(assigned, {})]
        case _:
            return []

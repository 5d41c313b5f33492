"""The reference of the description: every section, key, type and default of the models, with the models' own words."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from ecsgen import aws_values, fields
from ecsgen.components import health, image, logs
from ecsgen.description.model import BASE_ONLY, Container, Description, Service, Sidecar
from ecsgen.description.schema import SHORTHANDS, field_texts
from ecsgen.fields import Between, OneOrMore, Pattern
from reference.markdown import join, table

INTRODUCTION = """\
# The description

Every key of `ecsgen.yaml`, generated from the models that read it. `ecsgen schema` prints the same as a
[JSON Schema](schema.json) for your editor.

The smallest description that deploys:

```yaml
name: hello
region: eu-west-1
services:
  web:
    build: .
    port: 8080
    http: {}
```

## How values are read

- **Unknown keys** are errors that name the nearest known key. A key that is written twice is an error, and so is a key
  with nothing behind it.
- **Text stays as written.** YAML 1.2 applies: `on`, `yes` and `no` are texts, not booleans, and an `env` value keeps its
  spelling (`ON: on`, `OCT: 010`, `DAY: 2024-01-01`). Terraform normalizes text to Unicode NFC; a value that this would
  change is a warning.
- **CPU** is CPU units as a whole number (`256`), or vCPUs with a point or a unit (`0.25`, `1 vCPU`). A bare `1` is an
  error that offers both readings.
- **Memory** is MiB (`512`), or has a unit (`512 MB`, `1 GB`).
- **Durations** are seconds (`30`), or have a unit (`30s`, `5m`, `1h`).
- **GiB** are a whole number (`50`), or have the unit (`50 GB`).
- **Lists and single values.** Where it says "one or a list", a single value is a list of one.
- **Paths** are relative to the description file.
- **References.** Where a text goes to AWS as it is, [a reference](#reference) to Terraform of your own can stand instead.
"""

ENVIRONMENTS = (
    "Environments by name, each a map of the same keys (but not `{}`) that is laid over the base: maps merge, lists "
    "replace, `null` removes. Without it there is one environment, called `default`. See [Environments](../how-to/environments.md)."
)

NAMED_READERS = {
    aws_values.read_network: "CIDR block",
    fields.read_words: "list of words, or one text that is split at spaces",
    health._command: "text for the container's shell, or a list that is run as it is",
    logs._retention: f"days, one of {', '.join(map(str, logs.RETENTIONS))}",
}
"""Validators that decide alone what a value looks like."""

PATTERNS = {image.SECRET_SOURCE: "`env:NAME` or `file:PATH`"}
"""Patterns that are better shown than named."""

UNITS = {"seconds": "duration", "MiB": "memory", "CPU units": "CPU", "GiB": "GiB"}
"""What the introduction calls a type, by the first words of its description in the JSON Schema."""

MANY = 20
"""So many words are counted, not listed."""

SHORT_WORDS = {"boolean": "`true`", "string": "text", "integer": "number"}
SHORT_NAMES = {
    "build": "the context's path",
    "secrets": "a reference",
    "secret_options": "a reference",
    "ports": "a port",
}
"""What the short form of a key stands for, where its type alone does not say."""


def page() -> str:
    """The whole page."""
    return join(_lines())


def _lines() -> Iterator[str]:
    yield from INTRODUCTION.splitlines()
    yield from ("", "## Top level", "")
    environments = ENVIRONMENTS.format("`, `".join(key for key in BASE_ONLY if key != "environments"))
    rows = [*_rows(Description), ["`environments`", "map of names to these keys", "", environments]]
    yield from table(HEAD, rows)
    yield from ("", "## A service {#service}", "", f"`services.NAME`. {_doc(Service)}", "")
    yield "Every key of a [container](#container) stands here too, for the main container, and these:"
    yield ""
    yield from table(HEAD, _rows(Service, without=Container))
    yield from ("", "## A container {#container}", "")
    yield f"`services.NAME` and `services.NAME.sidecars.NAME`. {_doc(Container)}"
    yield ""
    yield from table(HEAD, _rows(Container))
    yield from ("", "## A sidecar {#sidecar}", "", f"`services.NAME.sidecars.NAME`. {_doc(Sidecar)}")
    yield from ("", "It takes every key of a [container](#container) and no others.")
    yield from REFERENCE_SECTION.splitlines()
    yield ""
    yield from table(HEAD, [REFERENCE_ROW])
    for model, path in _nested().items():
        yield from ("", f"## {path} {{#{_anchor(model)}}}", "", _doc(model), "")
        yield from table(HEAD, _rows(model))


REFERENCE_SECTION = """
## A reference {#reference}

Instead of a text that goes to AWS as it is: a value of the command, of `env`, of a service's `tags`, an ARN, an id, a KMS key,
a CIDR block of `allow`, `sources` or `allow_from`, a host, an image. It leads to Terraform of your own beside what is generated. See
[Values from your own Terraform](../how-to/references.md).
"""
REFERENCE_ROW = [
    "`ref`",
    "reference",
    "required",
    "`aws_db_instance.main.address`, `data.aws_vpc.main.id`, `module.vpc.vpc_id`, `local.name` or `var.name`; "
    'with `[0]` or `["key"]` behind a name if need be, and never an expression.',
]

HEAD = ("key", "value", "default", "meaning")


def _rows(model: type[BaseModel], without: type[BaseModel] | None = None) -> Iterator[list[str]]:
    texts = field_texts(model)
    for name in _ordered(model):
        if without is None or name not in without.model_fields:
            field = model.model_fields[name]
            key = field.alias or name
            yield [f"`{key}`", _field_value(key, field), _default(field), texts.get(name, "")]


def _ordered(model: type[BaseModel]) -> list[str]:
    """The fields as a reader looks for them: where the image comes from first, then the bases as they are listed."""
    bases = [name for base in model.__bases__ if issubclass(base, BaseModel) for name in base.model_fields]
    names = dict.fromkeys([*bases, *model.model_fields])
    return sorted(names, key=lambda name: name not in image.ImageKeys.model_fields)


def _field_value(key: str, field: FieldInfo) -> str:
    full = _value(field.annotation, tuple(field.metadata))
    if "[map]" not in full:
        return full
    short = dict.fromkeys(SHORT_NAMES.get(key) or _short(form) for form in SHORTHANDS.get(key, ()))
    return " or ".join([full, *short])


def _short(form: Mapping[str, Any]) -> str:
    words = form.get("enum") or ([form["const"]] if "const" in form else [])
    return ", ".join(f"`{word}`" for word in words) if words else SHORT_WORDS[form["type"]]


def _value(annotation: Any, metadata: tuple[Any, ...] = ()) -> str:
    """What can be written, in words: the metadata of the type first, then the type itself."""
    for item in metadata:
        if (named := NAMED_READERS.get(getattr(item, "func", None))) is not None:
            return named
    if get_origin(annotation) is None and hasattr(annotation, "__metadata__"):
        return _value(annotation.__origin__, (*metadata, *annotation.__metadata__))
    if hasattr(annotation, "__metadata__"):
        return _value(annotation.__origin__, (*annotation.__metadata__, *metadata))
    choices = next((found for item in metadata if (found := _choices(item))), ())
    if choices:
        return _listed(choices)
    patterns = [item for item in metadata if isinstance(item, Pattern)]
    if patterns:
        return PATTERNS.get(patterns[-1]) or _named(patterns[-1])
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is dict:
        return f"map of {_plural(parts[0])} to {_value(parts[1])}"
    if origin is list:
        several = f"list: {_value(parts[0])}"
        return (
            f"{_value(parts[0])}, one or a list" if any(isinstance(item, OneOrMore) for item in metadata) else several
        )
    if origin is Literal:
        return _listed(parts)
    if parts:  # a union with None
        return next(_value(part, metadata) for part in parts if part is not type(None))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[map](#{_anchor(annotation)})"
    return _scalar(annotation, metadata)


def _scalar(annotation: Any, metadata: tuple[Any, ...]) -> str:
    described = [item.json_schema.get("description") for item in metadata if isinstance(item, WithJsonSchema)]
    word = {bool: "`true` or `false`", int: "whole number", float: "number", str: "text"}[annotation]
    unit = next((name for text in described if text for start, name in UNITS.items() if text.startswith(start)), "")
    text = unit or word
    bounds = [item for item in metadata if isinstance(item, Between)]
    if bounds:
        limits = bounds[-1]
        unit = f" {limits.unit}" if limits.unit and limits.unit != text else ""
        return f"{text}, {limits.low} to {limits.high}{unit}"
    return text


def _named(pattern: Pattern) -> str:
    """What a pattern calls its values, without the article; plain text where it only forbids what is empty."""
    what = pattern.what.split(" ", 1)[1]
    return "text" if what.startswith("text ") else what


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words) if len(words) < MANY else f"one of {len(words)} words"


def _choices(item: Any) -> tuple[str, ...]:
    """The words that a `one_of` validator takes."""
    func = getattr(item, "func", None)
    if getattr(func, "__qualname__", "").startswith("one_of."):
        return tuple(inspect.getclosurevars(func).nonlocals["values"])
    return ()


def _plural(key: Any) -> str:
    """What the keys of a map are called."""
    for item in getattr(key, "__metadata__", ()):
        if isinstance(item, Pattern) and "environment variable" in item.what:
            return "variable names"
    return "names"


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "required"
    if field.default is None or field.default in ({}, []):
        return ""
    if isinstance(field.default, BaseModel):
        written = field.default.model_dump(by_alias=True, exclude_defaults=True)
        if not written:
            return ""
        return " and ".join(f"`{key}`" for key, value in written.items() if value is not None)
    if isinstance(field.default, list):
        return ", ".join(f"`{item}`" for item in field.default)
    return f"`{json.dumps(field.default) if isinstance(field.default, bool) else field.default}`"


def _nested() -> dict[type[BaseModel], str]:
    """Every section below the top level, a service and a container, in the order in which they are met; with its path."""
    shown: dict[type[BaseModel], str] = {}

    def walk(model: type[BaseModel], path: str) -> None:
        for name, field in model.model_fields.items():
            key = f"{path}.{field.alias or name}" if path else (field.alias or name)
            for found, suffix in _sections(field.annotation):
                here = key + suffix
                if found in {Service, Container, Sidecar}:
                    walk(found, "services.NAME" if found is Service else here)
                elif found not in shown:
                    shown[found] = here
                    walk(found, here)

    walk(Description, "")
    return shown


def _sections(annotation: Any) -> Iterator[tuple[type[BaseModel], str]]:
    """The sections in a type, each with what a path through maps adds to it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, ""
        return
    origin, parts = get_origin(annotation), get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        yield from _sections(annotation.__origin__)
    elif origin is dict:
        yield from ((model, f".NAME{rest}") for model, rest in _sections(parts[1]))
    else:
        for part in parts:
            yield from _sections(part)


def _anchor(model: type[BaseModel]) -> str:
    return {Service: "service", Sidecar: "sidecar"}.get(model, f"section-{model.__name__.lower()}")


def _doc(model: type[BaseModel]) -> str:
    return " ".join(inspect.cleandoc(model.__doc__ or "").split())

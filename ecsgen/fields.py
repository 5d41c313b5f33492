"""Types of the description's values: each reads one YAML scalar and says what to write when it cannot.

Plain YAML text arrives as `scalars.Plain`, so each type reads the spelling itself, and `env: {ON: on}` stays "on".
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, SchemaValidator, core_schema

from ecsgen import cron, scalars
from ecsgen.hcl import Reference
from ecsgen.problems import shorten
from ecsgen.reading import either as either
from ecsgen.reading import invalid as invalid
from ecsgen.reading import is_reference as is_reference
from ecsgen.reading import kind_of as kind_of
from ecsgen.reading import nearest as nearest
from ecsgen.reading import read_reference as read_reference
from ecsgen.reading import read_text as read_text
from ecsgen.reading import read_text_or_reference as read_text_or_reference
from ecsgen.reading import refuse_reference as refuse_reference


class Section(BaseModel):
    """A mapping of the description: unknown keys are errors, and nothing changes after loading."""

    # Built when the whole description is: most sections are never validated by themselves.
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False, defer_build=True)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Itself, for it never changes: pydantic would copy a default section anew for every service."""
        return self


def _reader(parse: Callable[[Any], Any], code: str = "EG102") -> BeforeValidator:
    """A validator from a parser of `scalars`, whose ValueError reads "what; what to write"."""

    def read(value: Any) -> Any:
        if isinstance(value, (int, float)):
            return value
        refuse_reference(value)
        try:
            if isinstance(value, (dict, list)) or scalars.is_null(value):
                raise ValueError(f"a single value is expected, not {kind_of(value)}; write one value")
            return parse(value)
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            raise invalid(message, hint, code) from None

    return BeforeValidator(read)


SCALARS = ("string", "number", "boolean")
"""What a text may be written as: YAML's numbers and booleans are taken as they are spelt."""
REFERENCE = "reference"
"""Marks, in the JSON Schema of a type, that a reference may stand in its place."""


@dataclass(frozen=True)
class ReadBy:
    """Reads text, and with `read` references too: pydantic's own type would make plain text of them."""

    read: Callable[[Any], str]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        marks = {REFERENCE: True} if self.read is not read_text else {}
        return {"type": list(SCALARS), **marks}


Text = Annotated[str, ReadBy(read_text_or_reference)]
"""Text that goes to AWS as it is, or a reference to it. What looks into it must leave a `Reference` alone."""
Fixed = Annotated[str, ReadBy(read_text)]
"""Text that ecsgen itself must know: it names something, decides something, or belongs to another root."""
Int = Annotated[int, _reader(scalars.parse_int), WithJsonSchema({"type": "integer"})]
Float = Annotated[float, _reader(scalars.parse_float), WithJsonSchema({"type": "number"})]
Bool = Annotated[bool, _reader(scalars.parse_bool), WithJsonSchema({"type": "boolean"})]
Cpu = Annotated[
    int,
    _reader(scalars.parse_cpu),
    WithJsonSchema({"type": ["integer", "number", "string"], "description": "CPU units (256) or vCPUs (0.25, 1 vCPU)"}),
]
MemoryMiB = Annotated[
    int,
    _reader(scalars.parse_memory),
    WithJsonSchema({"type": ["integer", "string"], "description": "MiB (512) or with a unit (512 MB, 1 GB)"}),
]
StorageGiB = Annotated[
    int, _reader(scalars.parse_storage), WithJsonSchema({"type": ["integer", "string"], "description": "GiB"})
]
Seconds = Annotated[
    int,
    _reader(scalars.parse_duration),
    WithJsonSchema({"type": ["integer", "string"], "description": "seconds (30) or with a unit (30s, 5m, 1h)"}),
]
TimeZone = Annotated[str, _reader(cron.time_zone, "EG104"), WithJsonSchema({"type": "string"})]
Schedule = Annotated[
    str,
    _reader(cron.translate, "EG104"),
    WithJsonSchema({"type": "string", "description": "five fields of a crontab, or AWS's cron(…), at(…) or rate(…)"}),
]
"""Arrives as AWS's expression."""


@dataclass(frozen=True)
class Between:
    """Bounds of a number, both included, with the plural of its unit for the message."""

    low: int
    high: int
    unit: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        result = handler(schema)
        return (
            {**result, "minimum": self.low, "maximum": self.high}
            if result.get("type") in ("integer", "number")
            else result
        )

    def _check(self, value: float) -> float:
        if not self.low <= value <= self.high:
            unit = f" {self.unit}" if self.unit else ""
            own = unit.removesuffix("s") if value == 1 else unit
            raise invalid(
                f"{value:g}{own} is out of range" if isinstance(value, float) else f"{value}{own} is out of range",
                f"write a number from {self.low} to {self.high}{unit}",
                "EG103",
            )
        return value


Port = Annotated[Int, Between(1, 65535)]


@dataclass(frozen=True)
class Pattern:
    """A regular expression that the whole text must match, and what to say when it does not."""

    regex: str
    what: str
    hint: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        matches = re.compile(self.regex).fullmatch

        def check(value: str) -> str:
            if not isinstance(value, Reference) and not matches(value):
                raise invalid(f'"{shorten(value)}" is not {self.what}', self.hint, "EG104")
            return value

        return core_schema.no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "pattern": f"^(?:{self.regex})$"}


FEW = 20
"""Words that a message can list."""


def one_of(*values: str) -> BeforeValidator:
    """A validator for one of these words."""

    def read(value: Any) -> str:
        text = read_text(value)
        if text not in values:
            hint = nearest(text, values)
            # A guess helps where there are many; of few, the one that looks alike is often not the one that is meant.
            guess = hint.startswith("did") and (len(values) > FEW or text.lower() in map(str.lower, values))
            raise invalid(
                f'"{shorten(text)}" is not possible here', hint if guess else f"write {either(values)}", "EG105"
            )
        return text

    return BeforeValidator(read)


def _word(text: str) -> str:
    if not text.strip():
        raise invalid("the text is empty", "write one, or remove the key", "EG104")
    return text


Word = Annotated[Text, AfterValidator(_word), WithJsonSchema({"type": list(SCALARS), "minLength": 1, REFERENCE: True})]
"""Text of which an empty one would mean nothing."""
FixedWord = Annotated[Fixed, AfterValidator(_word), WithJsonSchema({"type": list(SCALARS), "minLength": 1})]

Variable = Annotated[
    Fixed, Pattern(r"[^=\s][^=]*", "the name of an environment variable", "use letters, digits and underscores")
]


@dataclass(frozen=True)
class ListOrReference:
    """Annotates `list[…] | Reference`: a list, or a reference to a whole one (`{ref: module.vpc.private_subnets}`)."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def read(value: Any, inner: Callable[[Any], Any]) -> Any:
            return read_reference(value, several=True) if is_reference(value) else inner(value)

        return core_schema.no_info_wrap_validator_function(read, handler(get_args(source)[0]))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), REFERENCE: True}


def items(values: Sequence[str] | Reference) -> Sequence[str]:
    """The texts of a list; none of a reference to a whole one, whose items only Terraform will know."""
    return () if isinstance(values, Reference) else values


def distinct(values: Sequence[str] | Reference) -> tuple[str, ...] | Reference:
    """What AWS takes as a set, in canonical order; a reference to a whole list as it is."""
    return values if isinstance(values, Reference) else tuple(sorted(set(values)))


def read_words(value: Any) -> Any:
    """A command: a list of words, or one text split as a shell would split it (nothing is expanded)."""
    if is_reference(value):
        return value
    if isinstance(value, str) and not scalars.is_null(value):
        try:
            return shlex.split(read_text(value))
        except ValueError:
            raise invalid(
                "a quote is opened and never closed", 'close it, or write a list: ["sh", "-c", "…"]'
            ) from None
    if not isinstance(value, list):
        raise invalid(f"a command is expected, not {kind_of(value)}", 'write a list: ["httpd", "-f"]')
    return value


Words = Annotated[list[Text] | Reference, ListOrReference(), BeforeValidator(read_words)]


@dataclass(frozen=True)
class OneOrMore:
    """A list, or a single value that stands for a list of one; with `maps` a single map does."""

    maps: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        several = handler(schema)
        return {"anyOf": [several, several["items"]]}

    def _read(self, value: Any) -> Any:
        single = isinstance(value, dict if self.maps else str) and not scalars.is_null(value)
        return [value] if single or is_reference(value) else value


Texts = Annotated[list[Text], OneOrMore()]


class PlainOrMap:
    """For a union of a plain type and a section: a map is read as the section, anything else as the plain type."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        plain_type, section = get_args(source)
        plain = handler.generate_schema(plain_type)
        validate_plain = SchemaValidator(plain).validate_python

        def read(value: Any, _: Any) -> Any:
            # A union's own errors would say of a value what it lacks for every one of its types.
            is_map = isinstance(value, dict) and not is_reference(value)
            return section.model_validate(value) if is_map else validate_plain(value)

        return core_schema.no_info_wrap_validator_function(
            read, core_schema.union_schema([plain, handler.generate_schema(section)])
        )


def flag_or(keys: Iterable[str]) -> BeforeValidator:
    """`true` for a section with its defaults, `false` for none, or the section itself."""

    def read(value: Any) -> Any:
        if isinstance(value, (dict, BaseModel)) or value is None:
            return value
        if scalars.is_null(value):
            return None
        try:
            return {} if scalars.parse_bool(read_text(value)) else None
        except ValueError:
            raise invalid(
                f"true or a map is expected, not {kind_of(value)}", f"known keys: {', '.join(keys)}"
            ) from None

    return BeforeValidator(read)


Tags = dict[Fixed, Text]

"""A CloudWatch metric, as several rooms take one: scaling keeps it to a target, or acts on an alarm on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from ecsgen import scalars
from ecsgen.fields import Fixed, Section, Word, one_of
from ecsgen.problems import Finding, Path

STATISTICS = ("Average", "Minimum", "Maximum", "SampleCount", "Sum")
UNITS = (
    *("Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"),
    *("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes"),
    *("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits"),
    *("Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second"),
    *("Bits/Second", "Kilobits/Second", "Megabits/Second", "Gigabits/Second", "Terabits/Second"),
)
PREDEFINED = ("cpu", "memory", "requests")
"""Metrics of the service itself: percent, percent, and requests for each task in a minute."""

DIMENSIONS_LIMIT = 30


class Measure(Section):
    """A CloudWatch metric."""

    namespace: Word
    """Its namespace, like `AWS/SQS` or your own."""
    name: Word
    """Its name."""
    dimensions: dict[Word, Word] = {}
    """Its dimensions, all of them: CloudWatch keeps each combination as a metric of its own."""
    statistic: Annotated[Literal["Average", "Minimum", "Maximum", "SampleCount", "Sum"], one_of(*STATISTICS)] = (
        "Average"
    )
    """`Average`, `Minimum`, `Maximum`, `SampleCount` or `Sum` of a minute."""
    unit: Annotated[Fixed, one_of(*UNITS)] | None = None
    """Only data points of this unit, like `Count`; by default any."""


class WordOrMeasure:
    """One of `PREDEFINED`, or a metric's own keys."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def read(value: Any, measure: core_schema.ValidatorFunctionWrapHandler) -> Any:
            if isinstance(value, str) and not scalars.is_null(value):
                return one_of(*PREDEFINED).func(value)  # type: ignore[call-arg]
            return measure(value)

        return core_schema.no_info_wrap_validator_function(read, handler.generate_schema(Measure))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"enum": list(PREDEFINED)}, handler(schema)]}


def identity(measure: Measure | str) -> tuple[str, ...]:
    """What makes two metrics the same one, whatever is looked at."""
    if isinstance(measure, str):
        return (measure,)
    return (measure.namespace, measure.name, *(part for pair in sorted(measure.dimensions.items()) for part in pair))


def inputs(measure: Measure) -> dict[str, Any]:
    """The metric as a module takes it."""
    return {
        "namespace": measure.namespace,
        "metric_name": measure.name,
        **({"dimensions": dict(sorted(measure.dimensions.items()))} if measure.dimensions else {}),
        "statistic": measure.statistic,
        **({"unit": measure.unit} if measure.unit else {}),
    }


def number(value: float) -> float | int:
    """75.0 as 75, as a person writes it."""
    return int(value) if value == int(value) else value


def check(measure: Measure, here: Path) -> Iterator[Finding]:
    """What CloudWatch would refuse."""
    if len(measure.dimensions) > DIMENSIONS_LIMIT:
        yield Finding(
            (*here, "dimensions"),
            "EG549",
            f"{len(measure.dimensions)} dimensions are more than the {DIMENSIONS_LIMIT} that a metric has",
            "list those that your metric has",
        )

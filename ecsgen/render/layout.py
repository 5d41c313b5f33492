"""Jinja for Terraform: every value that a template prints becomes an HCL literal, and nothing else can.

Only a `Ref`, whose text was checked when it was made, is printed as it is; there is no filter that prints raw text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import (
    DictLoader,
    Environment,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    Undefined,
)

from ecsgen.errors import UsageError
from ecsgen.hcl import Ref, identifier, to_hcl


def _finalize(value: Any) -> str:
    if isinstance(value, Undefined):
        return str(value)  # raises, and names what is undefined
    return to_hcl(value)


def _key(name: str) -> Ref | str:
    """A map's key: bare where HCL reads it so, quoted where not."""
    try:
        return identifier(name) if name.replace("_", "a").isalnum() else name
    except ValueError:
        return name


class Layout:
    """Templates compiled once, laid out many times."""

    def __init__(self, templates: Mapping[str, str], own: frozenset[str]) -> None:
        self._own = own
        self._environment = Environment(
            loader=DictLoader(dict(templates)),
            undefined=StrictUndefined,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,  # noqa: S701 - finalize quotes every value, as HCL
            cache_size=-1,
            auto_reload=False,
        )
        self._environment.globals.update(ref=Ref, key=_key)

    def text(self, template: str, **values: Any) -> str:
        """One template's text. Raises UsageError, with the template's name and line, for what is wrong with it."""
        try:
            return self._environment.get_template(template).render(**values)
        except TemplateSyntaxError as error:
            raise _refused(error.name or template, error.lineno, error.message or "", self._own) from error
        except TemplateNotFound as error:
            missing = f"there is no template {error.message}"
            raise _refused(template, _line_of(error, template), missing, self._own) from error
        except (
            TemplateError,
            TypeError,
            ValueError,
            AttributeError,
            LookupError,
            ArithmeticError,
            RecursionError,
        ) as error:
            raise _refused(template, _line_of(error, template), str(error), self._own) from error


def _line_of(error: BaseException, template: str) -> int:
    """The template's line that raised: Jinja rewrites tracebacks to template lines."""
    line = 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in {"<template>", template}:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _refused(template: str, line: int, message: str, own: frozenset[str]) -> UsageError:
    place = f"{template}:{line}" if line else template
    hint = "mend it in your templates folder" if own else "this is a defect of ecsgen; please report it"
    return UsageError(f"the template {place} cannot be laid out", why=message, hint=hint)

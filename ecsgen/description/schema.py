"""The JSON Schema of the description, generated from the models, for editors and for the reference."""

from __future__ import annotations

import inspect
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from ecsgen import fields
from ecsgen.description.model import BASE_ONLY, Description

SHORTHANDS: dict[str, list[dict[str, Any]]] = {
    "http": [{"type": "boolean"}],
    "auth": [{"type": "boolean"}],
    "connect": [{"type": "boolean"}],
    "build": [{"type": "string"}],
    "state": [{"const": "local"}],
    "capacity": [{"enum": ["fargate", "spot", "ec2"]}],
    "command": [{"type": "string"}],
    "entrypoint": [{"type": "string"}],
    "secrets": [{"type": "string"}, {"$ref": "#/$defs/Reference"}],
    "secret_options": [{"type": "string"}, {"$ref": "#/$defs/Reference"}],
    "ports": [{"type": "integer"}],
    "retries": [{"type": "integer"}],
    "volumes": [{"type": "string"}],
    "tmpfs": [{"type": "string"}],
    "strategies": [{"type": "string"}],
    "constraints": [{"type": "string"}],
}
"""Short forms beside the full one, by key: what validators of the models accept."""

IN_MAP = {"secrets", "secret_options", "ports", "volumes", "tmpfs", "strategies", "constraints"}
"""Keys whose short form stands for one entry, not for the whole."""

REFERENCE: dict[str, Any] = {
    "type": "object",
    "description": "A reference into Terraform of your own beside the generated files.",
    "properties": {"ref": {"type": "string", "description": "Such as aws_db_instance.main.address or local.name."}},
    "required": ["ref"],
    "additionalProperties": False,
}
"""What may stand in place of a text that AWS alone looks at."""


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of a whole file, `environments` included."""
    schema: dict[str, Any] = Description.model_json_schema(by_alias=True, schema_generator=_Generator)
    definitions = schema["$defs"]
    for name, model in _models().items():
        if name in definitions:
            _describe(definitions[name], model)
    _describe(schema, Description)
    overlay = {
        "type": "object",
        "description": "Keys laid over the base: maps merge, lists replace, null removes.",
        "properties": {key: {} for key in schema["properties"] if key not in BASE_ONLY},
        "additionalProperties": False,
    }
    schema["properties"]["environments"] = {
        "type": "object",
        "description": "Environments by name; without any there is one, called default.",
        "additionalProperties": overlay,
    }
    definitions["Reference"] = REFERENCE
    schema["required"] = ["name"]  # an environment may bring the rest
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "ecsgen.yaml", **_pruned(schema)}


class _Generator(GenerateJsonSchema):
    """Text fields accept any scalar where they stand for text as written."""

    def str_schema(self, schema: Any) -> dict[str, Any]:
        return {"type": list(fields.SCALARS)}


def _models() -> dict[str, type[BaseModel]]:
    found: dict[str, type[BaseModel]] = {}

    def walk(model: type[BaseModel]) -> None:
        if model.__name__ not in found:
            found[model.__name__] = model
            for field in model.model_fields.values():
                for part in _classes(field.annotation):
                    walk(part)

    walk(Description)
    return found


def _classes(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in getattr(annotation, "__args__", ()) for found in _classes(part)]


def _describe(section: dict[str, Any], model: type[BaseModel]) -> None:
    """Descriptions from the fields' docstrings, and the short forms."""
    texts = field_texts(model)
    for name, field in model.model_fields.items():
        key = field.alias or name
        entry = section.get("properties", {}).get(key)
        if entry is None:
            continue
        short = SHORTHANDS.get(key, [])
        if short and key in IN_MAP:
            for holder in (entry, entry.get("patternProperties", {})):
                for place, value in holder.items():
                    if isinstance(value, dict) and "$ref" in value:
                        holder[place] = {"anyOf": [value, *short]}
        elif short:
            section["properties"][key] = entry = {"anyOf": [{k: v for k, v in entry.items() if k != "default"}, *short]}
        entry["description"] = texts.get(name, "")
    section["description"] = inspect.cleandoc(model.__doc__ or "")


def field_texts(model: type[BaseModel]) -> dict[str, str]:
    """The docstring of each field, its base classes' included: the text literal below it in the source."""
    import ast
    import textwrap

    texts: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if not (isinstance(base, type) and issubclass(base, BaseModel)) or base is BaseModel:
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
        if not isinstance(body, ast.ClassDef):
            continue
        for statement, following in zip(body.body, body.body[1:], strict=False):
            if (
                isinstance(statement, ast.AnnAssign)
                and isinstance(statement.target, ast.Name)
                and isinstance(following, ast.Expr)
                and isinstance(following.value, ast.Constant)
            ):
                texts[statement.target.id] = inspect.cleandoc(str(following.value.value))
    return texts


def _pruned(node: Any) -> Any:
    """Without titles and nulls, which say nothing to a person who writes YAML."""
    if isinstance(node, dict):
        options = node.get("anyOf")
        if isinstance(options, list) and {"type": "null"} in options:
            rest = [option for option in options if option != {"type": "null"}]
            merged = {key: value for key, value in node.items() if key not in {"anyOf", "default"}}
            return _pruned({**rest[0], **merged} if len(rest) == 1 else {**merged, "anyOf": rest})
        if node.get(fields.REFERENCE) is True:
            return _or_reference(node)
        return {key: _pruned(value) for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    if isinstance(node, list):
        return [_pruned(item) for item in node]
    return node


def _or_reference(node: dict[str, Any]) -> Any:
    """The type, or a reference in its place; what is said about the key stays outside."""
    outside = {key: value for key, value in node.items() if key in {"description", "default"}}
    inside = {key: value for key, value in node.items() if key not in {*outside, fields.REFERENCE}}
    return {**outside, "anyOf": [_pruned(inside), {"$ref": "#/$defs/Reference"}]}

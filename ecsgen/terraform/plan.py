"""A plan as data: what `terraform show -json` says of a saved plan, parsed into frozen values without secrets.

Source: Terraform's documentation, "JSON Output Format" (format_version 1.x); OpenTofu writes the same format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ecsgen.errors import TerraformError
from ecsgen.terraform import labels
from ecsgen.terraform.diff import AttributeChange, Side, compare, dotted

if TYPE_CHECKING:
    from ecsgen.terraform.events import Diagnostic

_TAGS = ("tags", "tags_all")


class Action(StrEnum):
    """What happens to a resource or an output."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    FORGET = "forget"  # leaves the state, stays in the account
    READ = "read"
    NO_OP = "no-op"


@dataclass(frozen=True, slots=True)
class Change:
    """What a plan does to one resource instance.

    `reason` is Terraform's `action_reason` ("replace_because_tainted" …) or "". `replace_paths` are the attributes
    that force a replacement. `attributes` are what changes in an update or a replacement, or what drifted; empty
    for a creation and a deletion.
    """

    address: str
    module: str
    type: str
    name: str
    key: str | int | None
    action: Action
    reason: str = ""
    replace_paths: tuple[str, ...] = ()
    attributes: tuple[AttributeChange, ...] = ()
    create_before_destroy: bool = False
    moved_from: str = ""
    is_import: bool = False
    is_data: bool = False

    @property
    def label(self) -> str:
        """What to call it in a sentence, for example "task definition of web"."""
        return labels.label(self.address, self.module, self.type, self.name, self.key)

    @property
    def only_tags(self) -> bool:
        """Whether nothing but tags changes."""
        return bool(self.attributes) and all(change.path.split(".")[0] in _TAGS for change in self.attributes)


@dataclass(frozen=True, slots=True)
class OutputChange:
    """What a plan does to an output of the root; values are for display."""

    name: str
    action: Action
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A saved plan. `changes` leaves out what stays as it is; `drift` is what changed outside Terraform.

    `complete` is False when Terraform put something off to a later plan, `warnings` are those of planning.
    """

    changes: tuple[Change, ...]
    outputs: tuple[OutputChange, ...] = ()
    drift: tuple[Change, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    complete: bool = True

    @property
    def is_empty(self) -> bool:
        """Whether applying it would change nothing: no resource, no output, no record in the state."""
        return not self.outputs and all(change.action is Action.READ for change in self.changes)

    @property
    def operations(self) -> int:
        """How many creations, updates and deletions an apply reports; a replacement counts twice."""
        weight = {Action.CREATE: 1, Action.UPDATE: 1, Action.DELETE: 1, Action.REPLACE: 2}
        return sum(weight.get(change.action, 0) for change in self.changes)


def parse(data: Mapping[str, Any], warnings: tuple[Diagnostic, ...] = ()) -> Plan:
    """The plan in the answer of `show -json FILE`.

    Raises TerraformError for a format that this version of ecsgen does not know, or a plan that failed.
    """
    version = str(data.get("format_version", ""))
    if version.split(".")[0] != "1":
        raise TerraformError(
            "the saved plan cannot be read",
            why=f"its format is {version or 'unknown'}, and ecsgen knows format 1",
            hint="update ecsgen, or use the Terraform version that its documentation names",
        )
    if data.get("errored"):
        raise TerraformError("the saved plan is of no use", why="Terraform failed while it made it", hint="plan again")
    changes = (_change(item) for item in data.get("resource_changes", []))
    drift = (_change(item) for item in data.get("resource_drift", []))
    outputs = (_output(name, item) for name, item in sorted((data.get("output_changes") or {}).items()))
    return Plan(
        changes=tuple(change for change in changes if _matters(change)),
        outputs=tuple(output for output in outputs if output.action is not Action.NO_OP),
        drift=tuple(change for change in drift if change.attributes or change.action is Action.DELETE),
        warnings=warnings,
        complete=bool(data.get("complete", True)),
    )


def _matters(change: Change) -> bool:
    return change.action is not Action.NO_OP or bool(change.moved_from) or change.is_import


def _change(item: Mapping[str, Any]) -> Change:
    change = item["change"]
    action = _action(change["actions"])
    address = str(item["address"])
    moved = str(item.get("previous_address") or "")
    return Change(
        address=address,
        module=str(item.get("module_address") or ""),
        type=str(item.get("type", "")),
        name=str(item.get("name", "")),
        key=item.get("index"),
        action=action,
        reason=str(item.get("action_reason") or ""),
        replace_paths=tuple(dict.fromkeys(dotted(path) for path in change.get("replace_paths") or [])),
        attributes=_attributes(change, action),
        create_before_destroy=change["actions"] == ["create", "delete"],
        moved_from=moved if moved != address else "",
        is_import=bool(change.get("importing")),
        is_data=item.get("mode") == "data",
    )


def _action(actions: list[str]) -> Action:
    if len(actions) == 2:
        return Action.REPLACE if "delete" in actions else Action.CREATE  # ["create", "forget"]
    return Action(actions[0]) if actions[0] in Action.__members__.values() else Action.NO_OP


def _attributes(change: Mapping[str, Any], action: Action) -> tuple[AttributeChange, ...]:
    if action not in (Action.UPDATE, Action.REPLACE):
        return ()
    before = Side(change.get("before"), change.get("before_sensitive"))
    after = Side(change.get("after"), change.get("after_sensitive"), change.get("after_unknown"))
    found = sorted(compare(before, after), key=lambda attribute: attribute.path)
    forced = {dotted(path).split(".")[0] for path in change.get("replace_paths") or []}
    return tuple(item for item in found if not _is_noise(item, action, forced))


def _is_noise(item: AttributeChange, action: Action, forced: set[str]) -> bool:
    """What only the provider fills in: it is unknown or left out in every plan that touches the resource."""
    root = item.path.split(".")[0]
    if root == "tags_all" or root in forced:
        return root == "tags_all"
    if item.before is None:
        return not item.is_known
    return action is Action.REPLACE and (item.after is None or not item.is_known)


def _output(name: str, change: Mapping[str, Any]) -> OutputChange:
    before = Side(change.get("before"), change.get("before_sensitive"))
    after = Side(change.get("after"), change.get("after_sensitive"), change.get("after_unknown"))
    return OutputChange(name, _action(change["actions"]), before.text, after.text)

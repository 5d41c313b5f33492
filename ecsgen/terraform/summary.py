"""A plan for people: grouped by risk, replacements and destruction first, each with its cause and its consequence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ecsgen.terraform.consequences import of_deletion, of_replacement, refusals
from ecsgen.terraform.plan import Action, Change, OutputChange, Plan

MOST_ATTRIBUTES = 8
"""Lines shown below one change; the data form has them all."""

# Keys of the groups, in the order of risk: (key, style, heading).
_GROUPS = (
    ("danger", "danger", "Replaced or destroyed"),
    ("restart", "warning", "Restarted: the tasks are replaced, a few at a time"),
    ("update", "change", "Changed in place"),
    ("create", "add", "Created"),
    ("record", "dim", "Only recorded in the state"),
)
_COUNTS = {
    "replace": "to replace",
    "destroy": "to destroy",
    "restart": "to roll out",
    "revise": "to revise",
    "update": "to change",
    "create": "to create",
    "record": "to record",
}
_REASONS = {
    "replace_because_tainted": "because its creation failed the last time",
    "replace_by_request": "because that was asked for",
    "replace_by_triggers": "because something it depends on changes",
    "delete_because_no_resource_config": "because it is no longer described",
    "delete_because_no_module": "because it is no longer described",
    "delete_because_wrong_repetition": "because it is no longer described",
    "delete_because_count_index": "because there are fewer of them",
    "delete_because_each_key": "because it is no longer described",
    "delete_because_no_move_target": "because it was moved to something that is not described",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text; `style` is title, danger, warning, change, add, dim or plain; `indent` counts levels."""

    text: str
    style: str = "plain"
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: what it is called, what happens to it, why, and what that means."""

    change: Change
    headline: str
    cause: str = ""
    consequence: str = ""

    @property
    def text(self) -> str:
        """All of it in one line."""
        said = f"{self.headline} {self.cause}".strip()
        return f"{said}: {self.consequence}" if self.consequence else said


@dataclass(frozen=True, slots=True)
class Group:
    """Changes of one risk: key is danger, restart, update, create or record."""

    key: str
    style: str
    heading: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a plan does, grouped by risk. `counts` has only what is not zero, in the order of risk."""

    groups: tuple[Group, ...]
    outputs: tuple[OutputChange, ...]
    drift: tuple[Change, ...]
    counts: dict[str, int]
    warnings: tuple[str, ...]
    complete: bool

    @property
    def is_risky(self) -> bool:
        """Whether anything is replaced or destroyed."""
        return any(group.key == "danger" for group in self.groups)

    @property
    def headline(self) -> str:
        """The counts in one line."""
        said = [f"{count} {_COUNTS[key]}" for key, count in self.counts.items()]
        if self.outputs:
            said.append(f"{len(self.outputs)} output{'s' if len(self.outputs) > 1 else ''} to change")
        return ", ".join(said) if said else "nothing to change"

    def lines(self) -> tuple[Line, ...]:
        """Text for a console, without colours."""
        lines: list[Line] = []
        for group in self.groups:
            lines.append(Line(group.heading, "title"))
            for entry in group.entries:
                lines.append(Line(entry.text, group.style, 1))
                lines.extend(_attributes(entry.change))
        if self.drift:
            lines.append(Line("Changed outside Terraform since the last apply; this plan sets it back", "title"))
            for change in self.drift:
                gone = " is gone" if change.action is Action.DELETE else ""
                lines.append(Line(f"{change.label}{gone}", "warning", 1))
                lines.extend(_attributes(change))
        if self.outputs:
            lines.append(Line("Outputs", "title"))
            lines.extend(
                Line(f"{output.name}: {_arrow(output.before, output.after)}", "change", 1) for output in self.outputs
            )
        lines.extend(Line(f"Warning: {warning}", "warning") for warning in self.warnings)
        if not self.complete:
            lines.append(Line("Terraform puts a part off until these changes are made: plan again then", "warning"))
        return (*lines, Line(f"Plan: {self.headline}.", "title"))

    def data(self) -> dict[str, Any]:
        """The same for `--json`."""
        return {
            "counts": dict(self.counts),
            "risky": self.is_risky,
            "complete": self.complete,
            "groups": [
                {
                    "risk": group.key,
                    "heading": group.heading,
                    "changes": [_entry_data(entry) for entry in group.entries],
                }
                for group in self.groups
            ],
            "drift": [_change_data(change) for change in self.drift],
            "outputs": [
                {"name": output.name, "action": str(output.action), "before": output.before, "after": output.after}
                for output in self.outputs
            ],
            "warnings": list(self.warnings),
        }


def summarize(plan: Plan) -> Summary:
    """Sort the changes of a plan by what they put at risk. Reading of data sources is left out."""
    sorted_out: dict[str, list[Entry]] = {key: [] for key, _, _ in _GROUPS}
    counts: dict[str, int] = {}
    for change in plan.changes:
        if change.action is Action.READ or change.is_data:
            continue
        group, counted, entry = _classify(change, plan)
        sorted_out[group].append(entry)
        counts[counted] = counts.get(counted, 0) + 1
    planned = {change.address: change for change in plan.changes}
    return Summary(
        groups=tuple(
            Group(key, style, heading, tuple(sorted(sorted_out[key], key=_order)))
            for key, style, heading in _GROUPS
            if sorted_out[key]
        ),
        outputs=plan.outputs,
        drift=tuple(_relevant(plan.drift, planned)),
        counts={key: counts[key] for key in _COUNTS if key in counts},
        warnings=(*refusals(plan), *(" ".join(warning.lines()) for warning in plan.warnings)),
        complete=plan.complete,
    )


def _classify(change: Change, plan: Plan) -> tuple[str, str, Entry]:
    """The group a change belongs to, what it counts as, and its entry."""
    name, is_task = change.label, change.type == "aws_ecs_task_definition"
    reason = _REASONS.get(change.reason, "")
    match change.action:
        case Action.REPLACE if is_task and change.reason != "replace_because_tainted":
            # A task definition is never changed, only revised: the old revision serves until the new one does.
            return "restart", "revise", Entry(change, f"{name}: new revision")
        case Action.REPLACE:
            attributes = list(dict.fromkeys(path.split(".")[0] for path in change.replace_paths))
            if attributes and change.reason in ("", "replace_because_cannot_update"):
                reason = f"because {_join(attributes)} {'changes' if len(attributes) == 1 else 'change'}"
            return "danger", "replace", Entry(change, f"{name} is replaced", reason, of_replacement(change))
        case Action.DELETE:
            return "danger", "destroy", Entry(change, f"{name} is destroyed", reason, of_deletion(change, plan))
        case Action.UPDATE if change.type == "aws_ecs_service" and not change.only_tags:
            return "restart", "restart", Entry(change, f"{name} rolls its tasks")
        case Action.UPDATE:
            return "update", "update", Entry(change, name)
        case Action.CREATE:
            return "create", "create", Entry(change, name)
        case Action.FORGET:
            return "record", "record", Entry(change, f"{name} is no longer managed and stays as it is")
        case _:
            said = "is imported" if change.is_import else f"moves here from {change.moved_from}"
            return "record", "record", Entry(change, f"{name} {said}")


def _order(entry: Entry) -> tuple[bool, bool, str]:
    """Services first, then what has a consequence, then by name."""
    return entry.change.type != "aws_ecs_service", not entry.consequence, entry.headline


def _relevant(drift: Iterable[Change], planned: dict[str, Change]) -> Iterable[Change]:
    """Of what changed outside Terraform, what this plan changes back; the rest is how the provider reads things."""
    for change in drift:
        plan = planned.get(change.address)
        if plan is None:
            continue
        if change.action is Action.DELETE:
            yield change
            continue
        undone = {attribute.path for attribute in plan.attributes}
        kept = tuple(attribute for attribute in change.attributes if attribute.path in undone)
        if kept:
            yield Change(
                change.address, change.module, change.type, change.name, change.key, change.action, attributes=kept
            )


def _attributes(change: Change) -> Iterable[Line]:
    shown = sorted(change.attributes, key=lambda attribute: (not attribute.is_known, attribute.path))
    for attribute in shown[:MOST_ATTRIBUTES]:
        yield Line(f"{attribute.path}: {_arrow(attribute.before, attribute.after)}", "plain", 2)
    if len(shown) > MOST_ATTRIBUTES:
        yield Line(f"and {len(shown) - MOST_ATTRIBUTES} more", "dim", 2)


def _arrow(before: str | None, after: str | None) -> str:
    if before is None:
        return f"{after} (new)" if after is not None else "empty"
    if after is None:
        return f"{before} (removed)"
    return f"changes {after}" if before == after else f"{before} -> {after}"


def _entry_data(entry: Entry) -> dict[str, Any]:
    return _change_data(entry.change) | {"cause": entry.cause, "consequence": entry.consequence, "text": entry.text}


def _change_data(change: Change) -> dict[str, Any]:
    return {
        "address": change.address,
        "label": change.label,
        "type": change.type,
        "action": str(change.action),
        "reason": change.reason,
        "replace_paths": list(change.replace_paths),
        "attributes": [
            {"path": attribute.path, "before": attribute.before, "after": attribute.after}
            for attribute in change.attributes
        ],
    }


def _join(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

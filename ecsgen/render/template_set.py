"""The templates and modules to render from: the packaged ones, shadowed one by one by a team's own folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ecsgen.errors import UsageError

PACKAGED = Path(__file__).resolve().parent.parent / "_data"
CHECKOUT = Path(__file__).resolve().parent.parent.parent
TEMPLATE = ".tf.j2"
LIMIT = 1024 * 1024
"""Bytes of one file in a team's folder."""


@dataclass(frozen=True)
class TemplateSet:
    """Texts by path: `templates` like "environment/service.tf.j2", `modules` like "service/main.tf".

    `own` are the paths ("modules/service/main.tf" for a module's) that come from a team's folder.
    """

    templates: Mapping[str, str]
    modules: Mapping[str, str]
    own: frozenset[str]

    @property
    def hash(self) -> str:
        """A hash of every text, for the lock file."""
        total = hashlib.sha256()
        for kind, texts in (("templates", self.templates), ("modules", self.modules)):
            for path, text in sorted(texts.items()):
                total.update(f"{kind}/{path}\0{len(text)}\0{text}\0".encode())
        return f"sha256:{total.hexdigest()}"


@cache
def packaged() -> TemplateSet:
    """The templates and modules that ecsgen ships: inside the wheel, or at the top of a checkout."""
    root = PACKAGED if PACKAGED.is_dir() else CHECKOUT
    return TemplateSet(_texts(root / "templates", TEMPLATE), _modules(root / "modules"), frozenset())


def templates(folder: Path | None) -> TemplateSet:
    """The packaged set, shadowed by a team's folder: its files have the same paths, a module's below `modules/`.

    Raises UsageError when the folder is missing or holds what cannot be read.
    """
    base = packaged()
    if folder is None:
        return base
    if not folder.is_dir():
        raise UsageError(
            f"the templates folder {folder} does not exist", hint="create it, or remove templates from the description"
        )
    try:
        texts, modules = _texts(folder, TEMPLATE, skip="modules"), _modules(folder / "modules")
    except OSError as error:
        raise UsageError("the templates folder cannot be read", why=str(error), hint="make it readable") from error
    own = frozenset({*texts, *(f"modules/{path}" for path in modules)})
    return TemplateSet({**base.templates, **texts}, {**base.modules, **modules}, own)


def _texts(folder: Path, suffix: str, skip: str = "") -> dict[str, str]:
    texts = {}
    for path in sorted(folder.rglob(f"*{suffix}")):
        relative = path.relative_to(folder)
        if path.is_file() and relative.parts[0] != skip and not any(part.startswith(".") for part in relative.parts):
            if path.stat().st_size > LIMIT:
                raise UsageError(f"the template {path} is larger than {LIMIT // 1024} KiB", hint="keep templates small")
            try:
                texts[relative.as_posix()] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError as error:
                raise UsageError(f"the template {path} is not UTF-8 text", hint="save it as UTF-8") from error
    return texts


def _modules(folder: Path) -> dict[str, str]:
    """The Terraform files of each module, without its tests."""
    found = _texts(folder, ".tf") if folder.is_dir() else {}
    return {path: text for path, text in found.items() if path.count("/") == 1}

"""Hooks of MkDocs: each module's README is a page of the manual, and links to it lead there."""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import dirname, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

MODULES = Path(__file__).resolve().parent.parent / "modules"
_LINK = re.compile(r"\((?:\.\./)+modules/([a-z0-9_]+)/README\.md")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add `modules/NAME.md` for each module."""
    for readme in sorted(MODULES.glob("*/README.md")):
        files.append(File.generated(config, f"modules/{readme.parent.name}.md", abs_src_path=str(readme)))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links that work in the repository at the pages of the manual."""
    here = dirname(page.file.src_uri)
    return _LINK.sub(lambda match: f"({relpath(f'modules/{match[1]}.md', here or '.')}", markdown)

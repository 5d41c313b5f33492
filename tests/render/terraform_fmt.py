"""`terraform fmt` itself, over many texts in one run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path


def terraform_fmt(texts: Sequence[str]) -> list[str | None]:
    """Each text as Terraform formats it; None for one that it cannot parse."""
    program = os.environ.get("ECSGEN_TERRAFORM") or shutil.which("terraform") or shutil.which("tofu") or "terraform"
    env = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.tf" for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_bytes(text.encode())
        command = [program, "fmt", "-no-color", "-list=false", folder]
        done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
        refused = set(re.findall(r"(\d+)\.tf line \d+", done.stderr))
        assert done.returncode == 0 or refused, done.stderr
        return [None if path.stem in refused else path.read_bytes().decode() for path in paths]

"""Every offline check of one environment: each room's own, then those that span rooms.

A check says what AWS would refuse only after minutes, and what to write instead. All findings come in one run.
"""

from __future__ import annotations

from ecsgen.checks.examined import Examined, examine

__all__ = ["Examined", "examine"]

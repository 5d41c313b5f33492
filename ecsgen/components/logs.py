"""Where a service's output goes: a CloudWatch log group. Carried by the module `task_definition`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator

from ecsgen.aws_values import KmsKeyArn
from ecsgen.fields import Int, Section, invalid

RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""Days that CloudWatch Logs accepts (PutRetentionPolicy)."""


def _retention(days: Any) -> Any:
    if days not in RETENTIONS:
        allowed = min((other for other in RETENTIONS if other >= days), default=RETENTIONS[-1])
        raise invalid(
            f"CloudWatch Logs cannot keep logs for {days} days",
            f"write {allowed}, or one of {', '.join(map(str, RETENTIONS))}",
            "EG105",
        )
    return days


class Logs(Section):
    """The service's log group in CloudWatch Logs."""

    retention: Annotated[Int, AfterValidator(_retention)] = 30
    """Days that log lines are kept."""
    kms_key: KmsKeyArn | None = None
    """The KMS key that encrypts the logs."""

"""`monitoring`: what is watched of a model that serves, and what is called a change."""

from pydantic import Field

from lifecycle.spec.kinds import Record
from lifecycle.spec.performance import PerformanceRules


class MonitoringSection(Record):
    """What is watched once a model serves."""

    performance: PerformanceRules = Field(
        PerformanceRules(), description="how well it still does, and when that is too little"
    )

"""Flywheel for Dagster; `dg` finds the component here."""

from orchestration.component import ModelLifecycle

__all__ = ["ModelLifecycle"]

"""What Dagster loads: every model of `FLYWHEEL_MODELS` in the environment `FLYWHEEL_ENV`."""

from orchestration.build import build_definitions
from orchestration.environments import load_environment

defs = build_definitions(load_environment())

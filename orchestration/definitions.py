"""What Dagster loads: every model of `FLYWHEEL_MODELS` in the environment `FLYWHEEL_ENV`."""

import warnings

from orchestration.build import build_definitions
from orchestration.environments import load_environment

# A model's life mixes range runs (data, features) with one run a partition (model, evaluation) on purpose.
# Dagster warns of that when it resolves a job, long after this module was loaded, so the filter must stay.
warnings.filterwarnings("ignore", message="(?s).*varying BackfillPolicies.*", category=UserWarning)

defs = build_definitions(load_environment())

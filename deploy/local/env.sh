# Source this from the root of the checkout: the same places and programs as `make run`.
export FLYWHEEL_HOME="${FLYWHEEL_HOME:-$PWD/.flywheel}"
export DAGSTER_HOME="${DAGSTER_HOME:-$FLYWHEEL_HOME/dagster}"
export VIRTUAL_ENV="$PWD/.venv"
export PATH="$VIRTUAL_ENV/bin:$PATH"

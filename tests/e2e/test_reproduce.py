"""A version made again by the command, with the real registry, lake and training process."""

import pytest

from tests.e2e.life import NAME, Life

pytestmark = pytest.mark.e2e


def test_the_champion_is_made_again_to_the_byte_and_nothing_of_the_life_changes(life: Life) -> None:
    before, champion = life.facts(), life.champion()
    assert champion is not None
    done = life.command("flywheel", "reproduce", f"{NAME}@champion")
    assert done.returncode == 0, done.stdout + done.stderr
    told = (
        f"REPRODUCED: version {champion.version} of {NAME} came out the same, digest {champion.bundle_digest}"
    )
    assert done.stdout.splitlines()[-1] == told
    assert life.facts() == before

"""Which number of a version moves, and that numbers are unique and only grow, whoever gives them and when."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.registry.semantic import (
    FIRST,
    Given,
    Makings,
    Registered,
    SemanticVersion,
    makings_of,
    missing_versions,
    next_version,
    read_makings,
    write_makings,
)
from lifecycle.training.job import JOB_FILE, TrainingJob
from tests.conftest import TrainedBundle

SAME = Makings(input="i", output="o", algorithm="xgboost", data="d", features="f", parameters="p", code="c")
NAMES = tuple(Makings.model_fields)


def other(*names: str) -> Makings:
    return SAME.model_copy(update=dict.fromkeys(names, "other"))


def at(semantic: str | None, makings: Makings | None = SAME, number: int = 1) -> Registered:
    return Registered(
        version=str(number),
        identity=f"inputs-{number}",
        makings=makings,
        semantic=SemanticVersion.parse(semantic) if semantic else None,
    )


@pytest.mark.parametrize(
    ("before", "makings", "semantic", "reason"),
    [
        pytest.param(None, SAME, "1.0.0", "the first version", id="the first"),
        pytest.param(None, None, "1.0.0", "the first version", id="the first of an older release"),
        pytest.param(at("1.4.2"), other("input"), "2.0.0", "major since 1.4.2: input", id="another request"),
        pytest.param(at("1.4.2"), other("output"), "2.0.0", "major since 1.4.2: output", id="other classes"),
        pytest.param(at("1.4.2"), other("algorithm"), "2.0.0", "major since 1.4.2: algorithm",
                     id="another algorithm"),
        pytest.param(at("1.4.2"), other("data"), "1.5.0", "minor since 1.4.2: data", id="another month"),
        pytest.param(at("1.4.2"), other("features"), "1.5.0", "minor since 1.4.2: features",
                     id="another feature of the same request"),
        pytest.param(at("1.4.2"), other("parameters"), "1.5.0", "minor since 1.4.2: parameters",
                     id="another depth of trees"),
        pytest.param(at("1.4.2"), other("code"), "1.4.3", "patch since 1.4.2: code", id="a fix of the code"),
        pytest.param(at("1.4.2"), SAME, "1.4.3", "patch since 1.4.2: nothing that it is made of",
                     id="another thread count or place: something made it a version of its own"),
        pytest.param(at("1.4.2"), other("data", "code", "input"), "2.0.0",
                     "major since 1.4.2: input, data, code", id="the greatest change counts, all are named"),
        pytest.param(at("1.4.2"), other("code", "parameters"), "1.5.0",
                     "minor since 1.4.2: parameters, code", id="parameters and code"),
        pytest.param(at("1.9.9"), other("code"), "1.9.10", "patch since 1.9.9: code", id="past nine"),
        pytest.param(at("1.4.2", None), SAME, "1.5.0", "minor since 1.4.2: not known what changed",
                     id="after a version of an older release"),
        pytest.param(at("1.4.2"), None, "1.5.0", "minor since 1.4.2: not known what changed",
                     id="a version of an older release"),
    ],
)  # fmt: skip  # one case a line or two
def test_next_version(before: Registered | None, makings: Makings | None, semantic: str, reason: str) -> None:
    assert next_version(before, makings) == Given(semantic=SemanticVersion.parse(semantic), reason=reason)


def test_there_is_no_count_from_a_version_without_one() -> None:
    with pytest.raises(LifecycleError, match="version 1 has no semantic version to count on from"):
        next_version(at(None), SAME)


@pytest.mark.parametrize("text", ["1.2", "1.2.3.4", "v1.2.3", "1.-2.3", "1.2.x", "", "1.2.3\n", "1" * 99])
def test_what_is_no_semantic_version_is_refused(text: str) -> None:
    with pytest.raises(LifecycleError, match="is no semantic version"):
        SemanticVersion.parse(text)


def test_a_version_without_its_tag_is_completed_by_the_next() -> None:
    # The registration of 2 was killed between version and tag.
    held = [at("1.0.0"), at(None, other("data"), 2), at(None, other("data", "code"), 3)]
    assert {number: str(g.semantic) for number, g in missing_versions(held).items()} == {
        "2": "1.1.0",
        "3": "1.1.1",
    }


def test_the_double_of_a_race_counts_for_nothing() -> None:
    double = replace(at(None, other("data"), 3), identity="inputs-2")
    held = [at("1.0.0"), at(None, other("data"), 2), double, at(None, other("data", "code"), 4)]
    gone = [version for version in held if version is not double]
    assert missing_versions(held) == missing_versions(gone)


def test_a_tag_that_was_edited_backwards_does_not_turn_the_count_back() -> None:
    held = [at("3.0.0"), at("1.0.0", SAME, 2), at(None, other("code"), 3)]
    assert str(missing_versions(held)["3"].semantic) == "3.0.1"


Changes = st.lists(st.sets(st.sampled_from(NAMES), max_size=3), min_size=1, max_size=12)


def history(changes: list[set[str]]) -> list[Registered]:
    makings, found = SAME, []
    for number, names in enumerate(changes, start=1):
        makings = makings.model_copy(update={name: f"{name}-{number}" for name in names})
        found.append(at(None, makings, number))
    return found


def given_to(held: list[Registered], found: Mapping[str, Given]) -> list[Registered]:
    return [replace(v, semantic=found[v.version].semantic) if v.version in found else v for v in held]


@given(Changes)
def test_semantic_versions_are_unique_and_grow_in_the_order_of_registration(changes: list[set[str]]) -> None:
    numbers = [g.semantic for g in missing_versions(history(changes)).values()]
    assert numbers[0] == FIRST
    assert all(a < b for a, b in pairwise(numbers))


@given(Changes, st.data())
def test_when_and_by_whom_they_are_given_changes_nothing(
    changes: list[set[str]], data: st.DataObject
) -> None:
    """Registrations that see any part of the history and write any part of what they computed."""
    held = history(changes)
    at_once = missing_versions(held)
    for _ in range(data.draw(st.integers(0, 4))):
        seen = data.draw(st.integers(0, len(held)))
        computed = missing_versions(held[:seen])
        written = data.draw(st.sets(st.sampled_from(sorted(computed)))) if computed else set()
        held = given_to(held, {number: computed[number] for number in written})
    rest = missing_versions(held)
    assert [v.semantic for v in given_to(held, rest)] == [g.semantic for g in at_once.values()]


def test_makings_come_back_as_they_were_kept() -> None:
    assert read_makings(write_makings(SAME)) == SAME
    for text in (None, "", "{}", "[1]", '{"input": 1}'):
        assert read_makings(text) is None


def test_each_thing_that_makes_a_model_moves_its_own_fact(sealed: TrainedBundle) -> None:
    bundle = sealed("binary")
    job = TrainingJob.read(bundle.path.parent / JOB_FILE)
    known = makings_of(bundle, job)

    def moved(job: TrainingJob = job, **manifest: object) -> set[str]:
        changed = makings_of(replace(bundle, manifest=bundle.manifest.model_copy(update=manifest)), job)
        return {name for name in NAMES if getattr(changed, name) != getattr(known, name)}

    request = dict(bundle.manifest.request)
    assert moved(request={n: c for n, c in request.items() if n != "carrier"}) == {"input"}
    assert moved(required=()) == {"input"}
    assert moved(classes=("a", "b")) == {"output"}
    assert moved(trainer="torch") == {"algorithm"}
    assert moved(data_versions={"2024-01": "other"}) == {"data"}
    assert moved(plan_fingerprint="other") == {"features"}
    assert moved(versions={"xgboost": "9"}) == {"code"}
    assert moved(job.model_copy(update={"seed": 8})) == {"parameters"}
    assert moved(job.model_copy(update={"parameters": {"max_depth": 9}})) == {"parameters"}
    assert moved(job.model_copy(update={"tables": ("/elsewhere",)})) == set()
    # A new description or range of a column asks nothing else of a client.
    told = {name: column.model_copy(update={"description": "new"}) for name, column in request.items()}
    assert moved(request=told) == set()

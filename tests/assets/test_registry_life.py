"""A registry with a memory, through the real assets: versions, approval, signatures, a walk into the past."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assets.approval import decide
from assets.keys import DATA, ENDPOINT, EVALUATION, FEATURES, MODEL, WALK_FORWARD
from assets.semantic import REASON_TAG, SEMANTIC_TAG
from assets.signing import SIGNATURE_TAG, sign_version
from assets.verdicts import GATES_TAG, JUDGED_TAG
from lifecycle.errors import LifecycleError
from lifecycle.registry.signature import SIGNING_KEY, VERIFY_KEY, check_signature
from tests.assets.test_life import why
from tests.fakes.keys import key_pair
from tests.fakes.life import Life

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
NOW = datetime(2024, 5, 1, tzinfo=UTC)
DEEPER = ("max_depth: 3", "max_depth: 4")
EASY = ("max: 1}", 'max: 1, "on": point, min_rows: 10}')
APPROVAL = ("evaluation:", "deployment: {approval: required}\nevaluation:")


def numbers(life: Life) -> list[tuple[str, str, str]]:
    return [
        (version.as_of, version.tags[SEMANTIC_TAG], version.tags[REASON_TAG])
        for version in life.tracking.versions("parcels")
    ]


def test_a_version_says_what_it_is_and_what_judged_it(lived: Life) -> None:
    (version,) = lived.tracking.versions("parcels")
    assert numbers(lived) == [("2024-02", "1.0.0", "the first version")]
    assert version.tags[JUDGED_TAG] == version.bundle_digest
    assert json.loads(version.tags[GATES_TAG])["log_loss_max"][0] == "pass"


def test_numbers_follow_the_order_of_registration_also_into_the_past(life: Life) -> None:
    served, champion = [*life.serving.deployments], life.tracking.holder("parcels", "champion")
    life.edit(DEEPER, EASY)
    life.run(MODEL, EVALUATION, partition="2024-02")
    life.run(MODEL, partition="2024-02")  # the same again is the same version
    life.tracking.drop_alias("parcels", "challenger")
    life.run(MODEL, EVALUATION, partition="2024-01")
    assert numbers(life) == [
        ("2024-02", "1.0.0", "the first version"),
        ("2024-02", "1.1.0", "minor since 1.0.0: parameters"),
        ("2024-01", "1.2.0", "minor since 1.1.0: data"),
    ]
    # The past is a test of the past: who serves and who challenges is what it was.
    assert life.tracking.versions("parcels")[2].verdict == "pass"
    assert life.tracking.holder("parcels", "champion") == champion
    assert life.tracking.holder("parcels", "challenger") is None
    # And it is told in one table, which changes nothing either.
    before = life.tracking.versions("parcels")
    (told,) = life.run(WALK_FORWARD).asset_materializations_for_node("parcels__walk_forward")
    january, february = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in str(told.metadata["table"].value).splitlines()[2:]
    ]
    assert (january[:3], january[5], january[-1]) == (["2024-01", "3", "pass"], "2024-02", "725")
    assert (february[:3], february[5:]) == (["2024-02", "2", "pass"], ["-"] * 5)
    assert january[-2] == "-", "the champion has seen February"
    assert "picture" in told.metadata
    assert life.tracking.versions("parcels") == before
    assert life.serving.deployments == served


def test_a_parameter_that_is_put_back_gives_its_version_again(life: Life) -> None:
    def lately() -> tuple[object, ...]:
        done = life.run(MODEL, EVALUATION, partition="2024-02")
        made, judged = (
            done.asset_materializations_for_node(f"parcels__{stage}")[0].metadata["version"].value
            for stage in (MODEL, EVALUATION)
        )
        challenger = life.tracking.holder("parcels", "challenger")
        return made, judged, challenger.version if challenger else None

    life.edit(DEEPER, EASY)
    assert lately() == ("2", "2 (1.1.0)", "2")
    life.edit(("max_depth: 3", "max_depth: 5"), EASY)
    assert lately() == ("3", "3 (1.2.0)", "3")
    life.edit(DEEPER, EASY)
    assert lately() == ("2", "2 (1.1.0)", "2"), "the one that is meant now, not the newest number"
    assert "challenger" not in life.tracking.version("parcels", "3").aliases
    life.edit(EASY)
    assert lately() == ("1", "1 (1.0.0)", None), "back to the champion: nothing challenges it"
    life.edit(("max_depth: 3", "max_depth: 5"), EASY)
    assert lately() == ("3", "3 (1.2.0)", "3")
    assert len(life.tracking.versions("parcels")) == 3


def test_a_feature_that_is_put_back_is_judged_on_the_tables_of_its_version(life: Life) -> None:
    for edits in ([("distance: distance", "distance: distance * 2"), EASY], [EASY]):
        life.edit(*edits)
        life.run(FEATURES, partition="2024-01", last="2024-02")
        done = life.run(MODEL, EVALUATION, partition="2024-02")
    (judged,) = done.asset_materializations_for_node("parcels__evaluation")
    assert judged.metadata["version"].value == "1 (1.0.0)"


def test_nothing_sensitive_is_on_the_card_or_in_the_registry_or_in_events(young: Life) -> None:
    rule = "behaviour: [{name: any_carrier, invariance: {column: carrier, values: [snail]}}]"
    family = "slices: [{name: carriers, by: carrier, min_rows: 10}]"
    young.edit(
        ("parcel: {type: string", "parcel: {type: string, sensitive: true"),
        ("carrier: {type: string", "carrier: {type: string, sensitive: true"),
        ("evaluation: {", f"evaluation: {{{rule}, {family}, "),
    )
    young.run(DATA, FEATURES, partition="2024-01", last="2024-02")
    young.run(MODEL, EVALUATION, partition="2024-02", good=False)
    (version,) = young.tracking.versions("parcels")
    table = young.warehouse.published("parcels", DATA, "2024-02")
    assert table is not None
    parcels = young.warehouse.read(table, ["parcel"])["parcel"].to_pylist()
    files = ("card.md", "card.html", "report.json")
    told = [young.tracking.evidence_file("parcels", version.version, name).decode() for name in files]
    told += [
        str(record) for run in young.instance.get_runs() for record in young.instance.all_logs(run.run_id)
    ]
    told.append(str(young.tracking.records["parcels", "1"].input_example.to_pydict()))
    assert r"\(hidden\)" in told[0], "a broken rule is told without its row"
    assert "carrier is value 1" in told[0]
    assert "swift" not in told[0], "snail is what the spec tries"
    # Not what pictures in base64 happen to hold.
    assert not {*parcels} & {*re.findall(r"(?<![\w+/])p\d{4}(?![\w+/])", "\n".join(told))}


def test_other_code_that_makes_the_very_same_bundle_is_no_challenger(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = [*life.serving.deployments]
    for module in ("assets.training", "assets.provenance", "lifecycle.registry.semantic"):
        monkeypatch.setattr(f"{module}.code_fingerprint", lambda: "other")
    life.run(MODEL, EVALUATION, partition="2024-02")
    first, second = life.tracking.versions("parcels")
    assert second.bundle_digest == first.bundle_digest, "the same seed and data give the same model"
    assert numbers(life)[1][1:] == ("1.0.1", "patch since 1.0.0: code")
    assert (first.aliases, second.aliases) == (("champion",), ())
    life.run(ENDPOINT)
    assert life.serving.deployments == served


def test_a_challenger_waits_for_its_approval_whoever_launches_the_endpoint(life: Life) -> None:
    life.edit(DEEPER, APPROVAL)
    life.run(MODEL, EVALUATION, partition="2024-02")
    assert why(life, ENDPOINT) == (
        "version 2 (1.1.0) of parcels passed its gates and waits for approval: "
        "flywheel approve parcels 2 --reason ..."
    )
    decide(life.tracking, "parcels", "2", "approved", reason="ok", actor="ann", at=NOW)
    life.run(ENDPOINT)
    champion = life.tracking.holder("parcels", "champion")
    assert champion is not None and champion.version == "2"
    assert life.serving.deployments[-1].bundle_digest == champion.bundle_digest


def test_a_champion_that_went_down_comes_back_while_a_challenger_waits(life: Life) -> None:
    life.edit(DEEPER, APPROVAL)
    life.run(MODEL, EVALUATION, partition="2024-02")
    life.serving.stop("parcels")
    life.run(ENDPOINT)
    state = life.serving.state("parcels")
    assert state is not None and (state.healthy, state.version) == (True, "1")
    assert [v.aliases for v in life.tracking.versions("parcels")] == [("champion",), ("challenger",)]


def test_with_a_key_a_version_is_signed_where_it_is_made_and_served_only_signed(
    young: Life, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, public = key_pair(tmp_path)
    monkeypatch.setenv(SIGNING_KEY, str(private))
    monkeypatch.setenv(VERIFY_KEY, str(public))
    young.run(DATA, FEATURES, partition="2024-01", last="2024-02")
    young.run(MODEL, EVALUATION, ENDPOINT, partition="2024-02")
    (version,) = young.tracking.versions("parcels")
    check_signature(version.bundle_digest, version.tags[SIGNATURE_TAG], public)
    assert version.aliases == ("champion",)
    secret = private.read_text().splitlines()[1]
    told = [
        str(record) for run in young.instance.get_runs() for record in young.instance.all_logs(run.run_id)
    ]
    assert secret not in "".join(told)


def test_with_a_key_nothing_unsigned_is_deployed_until_a_person_signs_it(
    life: Life, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, public = key_pair(tmp_path)
    monkeypatch.setenv(VERIFY_KEY, str(public))
    assert "is not signed, and FLYWHEEL_VERIFY_KEY is set: nothing of it was used" in why(life, ENDPOINT)
    # Made again it is found in the registry, not trained: so it is not signed in passing.
    monkeypatch.setenv(SIGNING_KEY, str(private))
    life.run(MODEL, partition="2024-02")
    assert "is not signed" in why(life, ENDPOINT)
    sign_version(life.tracking, "parcels", "1")
    life.run(ENDPOINT)


def test_a_bundle_that_was_changed_is_not_signed(
    life: Life, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SIGNING_KEY, str(key_pair(tmp_path)[0]))
    held = life.tracking._bundles["parcels", "1"]
    life.tracking._bundles["parcels", "1"] = {name: content + b" " for name, content in held.items()}
    with pytest.raises(LifecycleError, match="it was changed"):
        sign_version(life.tracking, "parcels", "1")
    assert SIGNATURE_TAG not in life.tracking.version("parcels", "1").tags

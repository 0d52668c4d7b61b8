"""Which column is the label, which task it makes, and what is asked rather than guessed."""

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.spec.infer.answers import Answers, Undecided
from lifecycle.spec.infer.facts import ColumnFacts, LabelFacts
from lifecycle.spec.infer.label import TaskChoice, choose_label, choose_task
from lifecycle.spec.kinds import Scalar
from tests.lifecycle.spec.infer.columns import column, table

HALF: dict[Scalar, int] = {"no": 700, "yes": 300}
INTS: dict[Scalar, int] = {3: 400, 4: 300, 5: 300}


def test_a_name_that_says_label_is_taken() -> None:
    assert choose_label(table(column("a"), column("Target", "int"), column("b")), Answers()).value == "Target"


def test_no_such_name_is_a_question_with_the_last_column_first() -> None:
    with pytest.raises(Undecided) as caught:
        choose_label(table(column("a"), column("b"), column("c")), Answers())
    assert (caught.value.field, caught.value.candidates[0]) == ("label", "c")
    assert "--label" in str(caught.value)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        pytest.param(column("x", distinct=1), "the same value in every row", id="constant"),
        pytest.param(column("x", nulls=1000, distinct=0), "no value in any row", id="all missing"),
        pytest.param(column("x", "string", distinct=900), "text with about 900 values", id="free text"),
        pytest.param(column("x", "timestamp"), "it is a time", id="a time"),
    ],
)
def test_what_cannot_be_a_label_is_refused(told: ColumnFacts, why: str) -> None:
    with pytest.raises(LifecycleError, match=why):
        choose_label(table(told, column("y")), Answers(label="x"))


@pytest.mark.parametrize(
    ("facts", "counts", "answers", "expected"),
    [
        pytest.param(column("y", "string"), HALF, Answers(), ("binary", "yes", ()), id="a word"),
        pytest.param(column("y", "string"), {"a": 700, "b": 300}, Answers(), ("binary", "b", ()), id="rarer"),
        pytest.param(
            column("y", "string"), {"benign": 300, "x": 700}, Answers(), ("binary", "x", ()), id="no"
        ),
        pytest.param(column("y", "int"), {0: 300, 1: 700}, Answers(), ("binary", 1, ()), id="one"),
        pytest.param(column("y", "string"), HALF, Answers(positive="NO"), ("binary", "no", ()), id="told"),
        pytest.param(column("y", "int"), INTS, Answers(), ("multiclass", None, ()), id="few whole numbers"),
        pytest.param(
            column("y", "int"), INTS, Answers(task="regression"), ("regression", None, ()), id="a quantity"
        ),
        pytest.param(column("y"), {}, Answers(), ("regression", None, ()), id="numbers"),
        pytest.param(
            column("y", "string"),
            {"a": 500, "b": 490, "c": 3},
            Answers(),
            ("multiclass", None, ("c",)),
            id="a class too rare to learn",
        ),
    ],
)
def test_choose_task(
    facts: ColumnFacts, counts: dict[Scalar, int], answers: Answers, expected: tuple[object, ...]
) -> None:
    chosen = choose_task(facts, LabelFacts(counts=counts), answers)
    assert (chosen.task, chosen.positive, chosen.rare) == expected


def test_a_class_that_comes_late_is_not_learned() -> None:
    facts = LabelFacts(counts={"a": 400, "b": 400, "late": 200}, early={"a": 300, "b": 300})
    assert choose_task(column("y", "string"), facts, Answers()).rare == ("late",)


def test_floats_that_are_whole_are_classes_as_whole_numbers() -> None:
    chosen = choose_task(column("y", integral=True), LabelFacts(counts={1.0: 500, 0.0: 500}), Answers())
    assert chosen == TaskChoice(
        task="binary", why="two values; positive: the word says so", positive=1, as_int=True
    )


@pytest.mark.parametrize(
    ("facts", "counts", "answers", "why"),
    [
        (column("y", "string"), {"a": 9}, Answers(), "one value"),
        (column("y", "string"), {}, Answers(), "more than 50 values"),
        (column("y", "string"), HALF, Answers(task="regression"), "wants numbers"),
        (column("y", "int"), INTS, Answers(task="binary"), "wants two values"),
        (column("y", "string"), HALF, Answers(positive="maybe"), "has no, yes"),
        (column("y"), {}, Answers(positive="1"), "two classes"),
    ],
)
def test_a_task_that_does_not_fit_is_refused(
    facts: ColumnFacts, counts: dict[Scalar, int], answers: Answers, why: str
) -> None:
    with pytest.raises(LifecycleError, match=why):
        choose_task(facts, LabelFacts(counts=counts), answers)

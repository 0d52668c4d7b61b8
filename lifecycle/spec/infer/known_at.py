"""When the label of a row becomes known."""

from lifecycle.errors import LifecycleError
from lifecycle.spec.infer.answers import Answers, Choice, find_column, words_of
from lifecycle.spec.infer.facts import TableFacts, TimeFacts
from lifecycle.spec.infer.names import shown
from lifecycle.spec.infer.words import LABEL_KNOWN


def refuse_without_time(facts: TableFacts, answers: Answers, *, why: str) -> None:
    """Refuse to be told when the label is known where there is no event time to count from.

    Args:
        why: there is no event time.

    Raises:
        LifecycleError: it was told: the time it became known would be forgotten, or a feature.
    """
    if answers.known_at is not None:
        column = shown(find_column(answers.known_at, facts.columns, flag="known-at").source)
        raise LifecycleError(
            f"--known-at {column} needs an event time, and there is none ({why}): name one with --time "
            f"COLUMN, or leave the column out with --drop {column}"
        )
    if answers.label_delay_s is not None:
        raise LifecycleError(
            f"--label-delay needs an event time, and there is none ({why}): name one with --time COLUMN, "
            "or do without the delay"
        )


def choose_known_at(facts: TableFacts, times: TimeFacts, answers: Answers) -> Choice:
    """The time column that says when the label came; none: a delay has to do.

    Raises:
        LifecycleError: the column told does not say it of every label.
    """
    if answers.known_at is not None:
        column = find_column(answers.known_at, facts.columns, flag="known-at")
        if column.name not in times.tells_when:
            raise LifecycleError(
                f"--known-at {shown(column.source)} must be a time that every row with a label has, and that "
                "never lies before the event time"
            )
        return Choice(value=column.name, why="told")
    if answers.label_delay_s is not None:
        return Choice(value=None, why="told")
    for name in times.tells_when:
        if words_of(facts.columns[name].source) & LABEL_KNOWN and times.share_later.get(name, 0.0) > 0:
            return Choice(value=name, why="every label has it, never before its event")
    why = "nothing tells when: taken as known at once (--label-delay 14d, --known-at COLUMN)"
    return Choice(value=None, why=why, warn=True)

"""A rollout through any sequence of faults, edits and commands: the promises hold after each of them."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lifecycle.rollout.actions import RemoveVariant, SetWeights
from lifecycle.rollout.observations import Backend
from lifecycle.rollout.replay import replay
from lifecycle.rollout.split import matches, wanted
from tests.fakes.rollout_world import NEW, OLD, Answer, Crash, World, plan_with

ANSWERS: list[Answer] = ["good", "good", "bad", "unknown", "few", "outage", "silent"]
CHECKS = ["smoke", "error_rate_max", "p99_latency_ms_against_champion", "sample_ratio", "primary"]


def nothing(_: Backend) -> Backend:
    return Backend()


def all_to_the_champion(told: Backend) -> Backend:
    weights = {"1": 100}
    return told.model_copy(
        update={
            "variants": tuple(
                v.model_copy(update={"weight": weights.get(v.version, 0)}) for v in told.variants
            )
        }
    )


def all_to_the_challenger(told: Backend) -> Backend:
    weights = {"2": 100}
    return told.model_copy(
        update={
            "variants": tuple(
                v.model_copy(update={"weight": weights.get(v.version, 0)}) for v in told.variants
            )
        }
    )


class AnyFault(RuleBasedStateMachine):
    """One rollout. What the controller did is looked at after each step."""

    world: World

    @initialize(
        strategy=st.sampled_from(["canary", "blue_green", "bandit", "none"]),
        approval=st.sampled_from(["none", "full"]),
        ready=st.booleans(),
        on_outage=st.sampled_from(["hold", "abort"]),
    )
    def begin(self, strategy: str, approval: str, ready: bool, on_outage: str) -> None:
        self.world = World(plan=plan_with(strategy=strategy, approval=approval, on_outage=on_outage))
        self.world.ready_at_once = ready
        self.world.open()
        self.passed_until = 0

    @rule(hours=st.sampled_from([0, 1, 1, 6, 30]), crash_in=st.none() | st.integers(0, 12))
    def evaluate(self, hours: int, crash_in: int | None) -> None:
        self.world.now += timedelta(hours=hours, minutes=15)
        self.world.crash_in = crash_in
        try:
            self.world.turn()
        except Crash:
            pass
        finally:
            self.world.crash_in = None

    @rule()
    def clock_goes_back(self) -> None:
        self.world.now -= timedelta(hours=1)

    @rule(check=st.sampled_from(CHECKS), answer=st.sampled_from(ANSWERS))
    def measure(self, check: str, answer: Answer) -> None:
        self.world.answers[check] = answer

    @rule(times=st.integers(1, 2))
    def time_out_though_applied(self, times: int) -> None:
        self.world.timeouts = times

    @rule(times=st.integers(1, 3))
    def refuse(self, times: int) -> None:
        self.world.refused = times

    @rule(lie=st.sampled_from([nothing, all_to_the_champion, all_to_the_challenger]))
    def lie_once(self, lie: object) -> None:
        self.world.lie = lie  # type: ignore[assignment]  # one of the three

    @rule(broken=st.booleans())
    def hide_the_endpoint(self, broken: bool) -> None:
        self.world.backend_problem = "503" if broken else None

    @rule(version=st.sampled_from(["1", "2"]), ready=st.booleans())
    def change_readiness(self, version: str, ready: bool) -> None:
        if version in self.world.variants:
            self.world.set_ready(version, ready)

    @precondition(lambda self: {"1", "2"} <= set(self.world.variants))
    @rule(weight=st.sampled_from([0, 1, 50, 100]))
    def edit_by_hand(self, weight: int) -> None:
        self.world.edit(v1=100 - weight, v2=weight)

    @rule(version=st.sampled_from(["1", "2"]))
    def lose_a_variant(self, version: str) -> None:
        self.world.variants.pop(version, None)

    @rule(kind=st.sampled_from(["approve", "promote", "promote_full", "abort", "retry", "undo"]))
    def command(self, kind: str) -> None:
        self.world.say(kind)  # type: ignore[arg-type]  # one of the kinds

    @rule()
    def gates_are_withdrawn(self) -> None:
        self.world.gates = "fail"

    @rule()
    def newer_challenger(self) -> None:
        self.world.challenger_alias = "3"

    @rule()
    def spec_edited(self) -> None:
        self.world.plan = plan_with(strategy="canary", hold="2h")

    @invariant()
    def nothing_was_done_that_must_not_be(self) -> None:
        record, outcome = self.world.record, self.world.record.state.outcome
        fresh = self.world.done[self.passed_until :]
        self.passed_until = len(self.world.done)
        for action in fresh:
            if isinstance(action, SetWeights):
                assert sum(share.weight for share in action.shares) == 100
                raised = max((s.weight for s in action.shares if s.version == NEW), default=0)
                smoke = record.state.answer("smoke")
                assert not raised or (smoke and smoke.verdict == "pass"), "P3"
            if isinstance(action, RemoveVariant):
                assert outcome is not None
                assert action.version == (OLD if outcome.kind == "promoted" else NEW), "P5"
        if outcome is not None and outcome.kind == "promoted":
            assert all(e.observations.candidate for e in record.entries)

    def teardown(self) -> None:
        """Faults end: what was decided is carried out and stays (P2), and can be computed again (P7)."""
        world = self.world
        world.backend_problem, world.lie, world.timeouts, world.refused = None, None, 0, 0
        world.answers.clear()
        world.ready_at_once = True
        before, closed = world.record.state.outcome, world.record.state.closed
        for _ in range(150):
            for version in list(world.variants):
                world.set_ready(version, True)
            world.turn()
            if world.record.state.closed:
                break
            world.now += timedelta(hours=12)
        record = world.record
        assert record.state.closed, record.state
        assert before is None or record.state.outcome == before
        # What happens to the endpoint after the end is no matter of the rollout.
        backend = Backend(variants=tuple(world.variants.values()))
        assert closed or matches(wanted(record, record.state), backend)
        assert [one.written.seq for one in replay(record) if not one.same] == []


TestAnyFault = AnyFault.TestCase
TestAnyFault.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)

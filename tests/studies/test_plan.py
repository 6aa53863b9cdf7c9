from __future__ import annotations

from wattlab.studies.plan import Plan, PlannedCandidate, line_up, round_order


def plan(*refusals: str) -> Plan:
    candidates = tuple(
        PlannedCandidate(label=label, recipe="", refusal=refusal)
        for label, refusal in zip("abcd", refusals, strict=False)
    )
    return Plan(
        wattlab_version="0",
        id="x",
        title="x",
        created_utc="x",
        machine={"id": "x"},
        candidates=candidates,
        rounds=1,
        order_seed=0,
        verify_steps=5,
    )


def test_the_first_runs_twice() -> None:
    entries = line_up(plan("", "", ""), {})
    assert [(one.label, one.candidate, one.control) for one in entries] == [
        ("a", 0, False),
        ("a (again)", 0, True),
        ("b", 1, False),
        ("c", 2, False),
    ]


def test_the_first_that_can_run_is_the_baseline_and_what_cannot_stands_last() -> None:
    entries = line_up(plan("no", "", "", ""), {2: "other work"})
    assert [(one.label, one.refusal) for one in entries] == [
        ("b", ""),
        ("b (again)", ""),
        ("d", ""),
        ("a", "no"),
        ("c", "other work"),
    ]


def test_if_none_can_run_there_is_no_control() -> None:
    assert [one.label for one in line_up(plan("no"), {})] == ["a"]


def test_the_order_is_random_and_reproducible() -> None:
    orders = [round_order(3, number, 6) for number in range(50)]
    assert orders == [round_order(3, number, 6) for number in range(50)]
    assert all(sorted(order) == list(range(6)) for order in orders)
    assert len({tuple(order) for order in orders}) > 40
    assert {order[0] for order in orders} == set(range(6))
    assert orders != [round_order(4, number, 6) for number in range(50)]

"""The histogram that is cheap."""

from shared.watching.tally import Tally


def test_values_are_counted_up_to_each_bound_the_bound_included() -> None:
    tally = Tally((0.1, 1.0))
    for value in (0.05, 0.1, 0.5, 7.0):
        tally.add(value)

    assert tally.buckets() == [("0.1", 2.0), ("1.0", 3.0), ("+Inf", 4.0)]
    assert tally.sum == 7.65

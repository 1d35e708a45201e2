"""How well names are found and judged, on answers that a person labelled. See docs/measurement.md for the numbers."""

import pytest
from labelled import finding, judging, read_labelled


@pytest.mark.parametrize(("part", "recall"), [("development", 0.97), ("held-out", 0.94)])
def test_names_are_found_as_well_as_measured(part, recall):
    found = finding(read_labelled(part))
    assert found.labels > 300
    assert found.precision >= 0.98, found.extra
    assert found.recall >= recall, found.missed
    assert found.right_kind >= 0.98 * found.right


@pytest.mark.parametrize("part", ["development", "held-out"])
def test_names_that_are_marked_as_code_are_found(part):
    found = finding(read_labelled(part), marked_only=True)
    assert found.labels > 290
    assert found.recall >= 0.99, found.missed


def test_answers_without_names_have_none():
    silent = [row for row in read_labelled() if not row.labels]
    assert len(silent) >= 6
    assert finding(silent).found == 0


def test_known_and_invented_are_told_apart(shop_index):
    judged = judging([row for row in read_labelled() if row.repository == "shop"], shop_index)
    assert judged.existing >= 50
    assert judged.invented >= 9
    assert judged.false_alarms == ()
    assert judged.overlooked == ()

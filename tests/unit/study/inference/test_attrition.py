"""The tabulated attrition boundary."""

from cycles.study.inference.attrition import CAUTIOUS, OPTIMISTIC, attrition_boundary


def test_the_table_is_read_at_the_nearest_whole_percent():
    assert attrition_boundary(0.0) == (0.057, 0.1)
    assert attrition_boundary(0.0949) == attrition_boundary(0.09)
    assert attrition_boundary(0.095) == attrition_boundary(0.10)


def test_beyond_the_table_no_differential_is_low():
    assert attrition_boundary(0.57) == (0.0, 0.021)
    assert attrition_boundary(0.58) == (None, 0.019)
    assert attrition_boundary(0.66) == (None, None)
    assert attrition_boundary(1.0) == (None, None)


def test_the_table_is_whole():
    assert (len(CAUTIOUS), len(OPTIMISTIC)) == (58, 66)
    assert all(cautious < optimistic for cautious, optimistic in zip(CAUTIOUS, OPTIMISTIC, strict=False))

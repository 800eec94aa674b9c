"""How answers become scores."""


def test_a_score_is_the_mean_of_the_answers(score_spec):
    score_spec(
        """
        student | Q1 | Q2 | Q3
        a       |  5 |  4 |  3
        b       |  1 |  1 |  1
        """,
        expect={"a": 4.0, "b": 1.0},
    )


def test_reversed_items_are_flipped_before_averaging(score_spec):
    score_spec(
        """
        student | Q1 | Q2_reversed
        a       |  5 |           1
        b       |  2 |
        """,
        min_answered=2,
        expect={"a": 5.0, "b": None},  # b answered one of two: no score, rather than a guess
    )


def test_with_enough_answers_the_missing_ones_are_left_out(score_spec):
    score_spec(
        """
        student | Q1 | Q2 | Q3
        a       |  5 |  4 |
        b       |  5 |    |
        """,
        min_answered=2,
        expect={"a": 4.5, "b": None},
    )


def test_a_declared_missing_code_is_no_answer(score_spec):
    score_spec(
        """
        student | Q1 | Q2
        a       |  5 | 99
        b       | 99 | 99
        """,
        missing={"99": "refused"},
        expect={"a": 5.0, "b": None},
    )


def test_a_sum_needs_every_item(score_spec):
    score_spec(
        """
        student | Q1 | Q2
        a       |  3 |  4
        b       |  5 |
        """,
        rule="sum",
        min_answered=2,
        expect={"a": 7.0, "b": None},  # a partial sum would look like low belonging
    )


def test_a_share_counts_raw_codes_and_reversal_never_touches_it(score_spec):
    score_spec(
        """
        student | Q1 | Q2_reversed
        a       |  1 |           2
        b       |  1 |           5
        c       |  3 |
        """,
        rule="share_in",
        codes=["1", "2"],
        expect={"a": 1.0, "b": 0.5, "c": 0.0},
    )


def test_a_published_scale_may_reverse_from_another_number(score_spec):
    score_spec(
        """
        student | Q1 | Q2_reversed
        a       |  2 |           2
        """,
        reverse_from=7,
        expect={"a": 3.5},  # 7 - 2 = 5
    )

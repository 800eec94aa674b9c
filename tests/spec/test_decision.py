"""The decision rule as a table.

Worth having is 0.10 points and the outcome's SD is 1; missed lessons may rise by 0.02; check-ins must reach 1.5 a week.
"""


def test_each_step_answers_in_its_turn(decision_spec):
    decision_spec(
        """
        effect |  se  | missed | check-ins | day        | call         | step
          0.20 | 0.05 |  0.001 |       2.0 | 2026-12-01 | monitoring   | 1
         -0.20 | 0.05 |  0.001 |       2.0 | 2027-01-25 | stop: harm   | 2
          0.20 | 0.05 |  0.030 |       2.0 | 2027-01-25 | stop: harm   | 2
          0.20 | 0.05 |  0.001 |       1.2 | 2027-01-25 | adapt        | 3
          0.20 | 0.05 |  0.001 |       2.0 | 2027-01-25 | adopt        | 4
          0.02 | 0.05 |  0.001 |       2.0 | 2027-01-25 | abandon      | 5
          0.10 | 0.05 |  0.001 |       2.0 | 2027-01-25 | adapt        | 6
          0.10 | 0.20 |  0.001 |       2.0 | 2027-01-25 | keep testing | 7
        """
    )


def test_the_earlier_step_wins(decision_spec):
    decision_spec(
        """
        effect |  se  | missed | check-ins | day        | call         | step
          0.20 | 0.05 |  0.030 |       2.0 | 2026-12-01 | monitoring   | 1
          0.30 | 0.05 |  0.030 |       1.2 | 2027-01-25 | stop: harm   | 2
          0.30 | 0.05 |  0.001 |       1.2 | 2027-01-25 | adapt        | 3
         -0.05 | 0.05 |  0.001 |       1.2 | 2027-01-25 | adapt        | 3
        """
    )


def test_possible_harm_or_nobody_looking_bars_adoption_and_nothing_else(decision_spec):
    decision_spec(
        """
        effect |  se  | missed | check-ins | day        | call         | step
          0.20 | 0.05 |  0.019 |       2.0 | 2027-01-25 | adapt        | 6
          0.20 | 0.05 |        |       2.0 | 2027-01-25 | adapt        | 6
          0.40 | 0.15 |        |       2.0 | 2027-01-25 | keep testing | 7
          0.20 | 0.05 |  0.001 |           | 2027-01-25 | adapt        | 6
          0.02 | 0.05 |        |       2.0 | 2027-01-25 | abandon      | 5
          0.02 | 0.05 |  0.001 |           | 2027-01-25 | adapt        | 6
        """
    )


def test_a_sceptical_prior_alone_abandons_nothing(decision_spec):
    decision_spec(
        """
        effect |  se  | missed | check-ins | day        | call         | step
         -0.10 | 0.60 |  0.001 |       2.0 | 2027-01-25 | keep testing | 7
        """
    )

"""How daily records become attendance."""


def test_tardy_is_present_and_every_absence_counts_alike(attendance_spec):
    attendance_spec(
        "attendance_share",
        """
        student | days
        a       | pppppppppp
        b       | pppppttttt
        c       | ppppppppaa
        d       | ppppppppus
        e       | pppppppphh
        """,
        expect={"a": 1.0, "b": 1.0, "c": 0.8, "d": 0.8, "e": 0.9},
    )


def test_a_tenth_of_the_days_is_chronic_absence(attendance_spec):
    attendance_spec(
        "chronic_absence",
        """
        student | days
        none    | pppppppppp
        tenth   | pppppppppa
        halves  | pppppppphh
        half    | ppppppppph
        few     | aaaa
        """,
        expect={"none": 0.0, "tenth": 1.0, "halves": 1.0, "half": 0.0, "few": None},  # four days are too few to say
    )


def test_a_district_may_count_a_half_day_as_a_whole_one(attendance_spec):
    attendance_spec(
        "chronic_absence",
        """
        student | days
        half    | ppppppppph
        """,
        half_day_counts=100,
        expect={"half": 1.0},
    )

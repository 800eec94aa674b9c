"""What is taken for the spread of a measure where nobody has measured it, and who published it.

What Works Clearinghouse (2022). Procedures and Standards Handbook, version 5.0.
Hedges and Hedberg (2007). Intraclass correlation values for planning group-randomized trials in education.
Educational Evaluation and Policy Analysis 29(1), 60-87. doi:10.3102/0162373707299706 (achievement, schools as groups)
"""

from typing import Literal

OutcomeKind = Literal["achievement", "other"]

ICC = {"achievement": 0.20, "other": 0.10}
"""Intraclass correlations taken where none is known (What Works Clearinghouse handbook 5.0)."""

ICC_SOURCE = {
    "achievement": "the What Works Clearinghouse's figure for achievement; whole schools differ about as much (Hedges and Hedberg 2007)",
    "other": "the What Works Clearinghouse's figure for outcomes other than achievement",
}

PRE_POST_CORRELATION = 0.5
"""Correlation of before and after taken where none is known (What Works Clearinghouse handbook 5.0)."""

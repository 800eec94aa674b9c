"""Decisions: what the rule written beforehand says, and how the prediction did.

`decide` applies the sealed rule, `score_prediction` lays the prediction beside the result, and
`operating_characteristics` tells before the start how often the rule would give each call.
"""

from cycles.act.decisions.in_practice import rule_in_practice
from cycles.act.decisions.operating_characteristics import OperatingCharacteristics, operating_characteristics
from cycles.act.decisions.prediction import score_prediction
from cycles.act.decisions.rule import decide

__all__ = ["OperatingCharacteristics", "decide", "operating_characteristics", "rule_in_practice", "score_prediction"]

"""The arithmetic of uncertainty: least squares, variances under clustering, effect sizes, intra-class correlation."""

from cycles.study.inference.effect_size import hedges_g

__all__ = ["hedges_g"]

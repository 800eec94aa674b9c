"""The arithmetic of uncertainty: least squares, variances under clustering, effect sizes, intra-class correlation."""

from cycles.study.inference.clustering_correction import clustering_correction
from cycles.study.inference.cox_index import cox_index
from cycles.study.inference.effect_size import hedges_g

__all__ = ["clustering_correction", "cox_index", "hedges_g"]

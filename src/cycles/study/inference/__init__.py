"""The arithmetic of uncertainty: least squares, variances under clustering, effect sizes, intra-class correlation."""

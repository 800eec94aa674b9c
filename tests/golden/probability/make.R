# P(effect >= threshold) by adaptive integration of t likelihood times normal prior; independent of the package.
# Rscript make.R > expected.csv
post <- function(g, d, se, df, m, s) {
  logd <- function(x) (if (is.finite(df)) dt((g - x) / se, df, log = TRUE) else dnorm((g - x) / se, log = TRUE)) + dnorm(x, m, s, log = TRUE)
  top <- optimize(logd, range(c(g, m)) + c(-1e-6, 1e-6), maximum = TRUE)$objective
  f <- function(x) exp(logd(x) - top)
  part <- function(lo, hi) {
    cuts <- sort(unique(c(lo, hi, Filter(function(c) c > lo & c < hi, c(g + se * (-30:30), m + s * (-12:12) / 2)))))
    sum(mapply(function(a, b) integrate(f, a, b, rel.tol = 1e-12, abs.tol = 0, stop.on.error = FALSE)$value, head(cuts, -1), tail(cuts, -1)))
  }
  lo <- min(g, m) - 14 * s; hi <- max(g, m) + 14 * s
  part(d, hi) / (part(lo, d) + part(d, hi))
}
cat("effect,threshold,se,df,mean,sd,probability,flat,r_version\n")
v <- paste(R.version$major, R.version$minor, sep = ".")
cases <- list(c(.18615,.05,.0568,Inf,0,.25), c(.18615,.10,.0568,Inf,0,.25), c(.18615,.10,.0568,69.1,0,.25), c(.2,.125,.11,5.3,0,.25), c(.2,.125,.11,5.3,0,.1),
              c(-.4,.125,.3,2,.1,.25), c(1.6,.2,.25,3,0,.25), c(0,.3,1.2,1,0,.25), c(.05,.1,.01,400,0,.25), c(2,.1,.3,1000000,0,.1))
for (a in cases) {
  flat <- if (is.finite(a[4])) pt((a[1] - a[2]) / a[3], a[4]) else pnorm((a[1] - a[2]) / a[3])
  cat(sprintf("%g,%g,%g,%g,%g,%g,%.10f,%.10f,%s\n", a[1], a[2], a[3], a[4], a[5], a[6], do.call(post, as.list(a)), flat, v))
}

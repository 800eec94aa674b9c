# Indices of single cases by their formulas, written here from the papers: SingleCaseES is not packaged for Debian.
# Kendall's tau-b and the Theil-Sen slope come from base R (cor, combn). Rscript make.R
cases <- list(
  coaching = list(a = c(20, 20, 26, 25, 22, 23), b = c(28, 25, 24, 27, 30, 30, 29), better = 1),
  calling_out = list(a = c(9, 7, 8, 8, 10, 6, 7), b = c(5, 6, 3, 2, 2, 0, 1, 1), better = -1),
  parker_vannest = list(a = c(4, 3, 4, 3, 4, 7, 5, 2, 3, 2), b = c(5, 9, 7, 9, 7, 5, 9, 11, 11, 10, 9), better = 1),
  all_beyond = list(a = c(3, 5, 4, 2, 4), b = c(8, 7, 9, 9, 10, 7), better = 1),
  all_short = list(a = c(8, 7, 9, 9, 10), b = c(3, 5, 4, 2, 4, 1), better = 1)
)

newcombe <- function(p, m, n) {
  z <- qnorm(.975); f <- (m + n) / 2 - 1
  variance <- function(x) x * (1 - x) * (1 + f * (1 - x) / (2 - x) + f * x / (1 + x)) / (m * n)
  score <- function(x) (p - x)^2 - z^2 * variance(x)
  c(if (p == 0) 0 else uniroot(score, c(1e-12, min(p, 1 - 1e-9)), tol = 1e-14)$root,
    if (p == 1) 1 else uniroot(score, c(max(p, 1e-9), 1 - 1e-12), tol = 1e-14)$root)
}

ratio <- function(a, b) {
  means <- c(mean(a), mean(b)); n <- c(length(a), length(b))
  means <- pmax(means, 1 / (2 * n))                       # the scale of counts
  noise <- c(var(a), var(b)) / (n * means^2)
  c(log(means[2]) + noise[2] / 2 - log(means[1]) - noise[1] / 2, sqrt(sum(noise)))
}

one <- function(name) {
  x <- cases[[name]]; a <- x$a; b <- x$b; m <- length(a); n <- length(b)
  wins <- outer(x$better * a, x$better * b, function(u, v) (v > u) + (v == u) / 2)
  p <- mean(wins); inside <- min(max(p, .5 / (m * n)), 1 - .5 / (m * n))   # none and all count as half a pair away
  rows <- rowMeans(wins); columns <- colMeans(wins)
  # Sen's variance in its other form: unbiased components of a two-sample U statistic
  s10 <- var(rows); s01 <- var(columns)
  s11 <- sum((wins - outer(rows, rep(1, n)) - outer(rep(1, m), columns) + p)^2) / ((m - 1) * (n - 1))
  # with ties, SingleCaseES takes P for the mean square of the pairs, which makes it a little larger
  ties <- (inside * (1 - inside) + p^2 - mean(wins^2)) / ((m - 1) * (n - 1))
  se <- sqrt(s10 / m + s01 / n - s11 / (m * n) + ties)
  slopes <- combn(m, 2, function(at) diff(a[at]) / diff(at))
  slope <- median(slopes)
  fa <- a - slope * seq_len(m); fb <- b - slope * (m + seq_len(n))
  free <- outer(x$better * fa, x$better * fb, function(u, v) (v > u) + (v == u) / 2)
  bc <- cor(x$better * c(fa, fb), rep(0:1, c(m, n)), method = "kendall")
  trend <- sum(combn(m, 2, function(at) sign(x$better * diff(a[at]))))
  up <- ratio(a, b)
  ends <- newcombe(p, m, n)
  data.frame(case = name, index = c("nap", "nap_se", "nap_low", "nap_high", "tau_u", "tau_bc", "tau_bc_kendall", "lrri", "lrri_se", "lrrd",
                                    "pnd", "pem", "smd"),
             value = c(p, se, ends, 2 * p - 1 - trend / (m * n), 2 * mean(free) - 1, bc, x$better * up[1], up[2], -x$better * up[1],
                       mean(x$better * b > max(x$better * a)),
                       mean((x$better * b > median(x$better * a)) + (b == median(a)) / 2),
                       x$better * (1 - 3 / (4 * (m - 1) - 1)) * (mean(b) - mean(a)) / sd(a)))
}
found <- do.call(rbind, lapply(names(cases), one))
found$value <- sprintf("%.12g", found$value)
found$made_with <- R.version.string
write.csv(found, "expected.csv", row.names = FALSE, quote = FALSE)
write.csv(do.call(rbind, lapply(names(cases), function(name) with(cases[[name]],
  data.frame(case = name, day = seq_along(c(a, b)) - 1, value = c(a, b), started = length(a), better = better)))),
  "points.csv", row.names = FALSE, quote = FALSE)

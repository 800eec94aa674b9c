# Effects of a change that 26 series began in three groups, by three methods, each by its regression in base R. Writes panel.csv and
# expected.csv.
# Every method is linear in the values, so what one series adds is the method's answer where all other values are zero. The standard error is
# the spread of these within groups; degrees of freedom are Satterthwaite's under independent values of equal spread.

set.seed(20261122)
sizes <- c(never = 9, "3" = 5, "5" = 8, "6" = 4)
periods <- 1:8
start <- rep(c(Inf, 3, 5, 6), sizes)
panel <- expand.grid(period = periods, series = seq_along(start))
panel$began <- start[panel$series]
level <- rnorm(length(start), sd = 2)
drift <- as.vector(sapply(seq_along(start), function(s) arima.sim(list(ar = 0.5), length(periods))))
since <- panel$period - panel$began
panel$value <- level[panel$series] + 0.3 * panel$period + drift + ifelse(since >= 0, 0.5 + 0.4 * since + 0.1 * panel$began, 0)
panel$value[is.nan(panel$value)] <- 0
under <- since >= 0
group <- factor(panel$began)

regressed <- function(value, rows, terms) {
  x <- cbind(model.matrix(~ factor(series) + factor(period), panel[rows, ]), terms[rows, , drop = FALSE])
  lm.fit(x, value[rows])$coefficients
}

# Sun & Abraham: group by time since the start, but the last period before it, each with a coefficient of its own.
cells <- unique(data.frame(began = panel$began, since = since)[is.finite(since) & since != -1, ])
indicator <- sapply(seq_len(nrow(cells)), function(i) as.numeric(panel$began == cells$began[i] & since == cells$since[i]))
sun_abraham <- function(value) {
  found <- tail(regressed(value, rep(TRUE, nrow(panel)), indicator), nrow(cells))
  weight <- sizes[as.character(cells$began)]
  after <- cells$since >= 0
  horizons <- sapply(0:3, function(e) weighted.mean(found[cells$since == e], weight[cells$since == e]))
  c(overall = weighted.mean(found[after], weight[after]), setNames(horizons, paste0("since_start[", 0:3, "]")))
}

# Borusyak, Jaravel & Spiess: effects of series and periods from everything not yet under the change; the rest is the effect.
imputation <- function(value) {
  fit <- lm.fit(model.matrix(~ factor(series) + factor(period), panel[!under, ]), value[!under])
  told <- model.matrix(~ factor(series) + factor(period), panel) %*% fit$coefficients
  effect <- (value - told)[under]
  horizons <- sapply(0:3, function(e) mean(effect[since[under] == e]))
  c(overall = mean(effect), setNames(horizons, paste0("since_start[", 0:3, "]")))
}

# Callaway & Sant'Anna with those that have not begun yet: differences of means from the last period before the start.
callaway_santanna <- function(value) {
  mean_of <- function(rows) mean(value[rows])
  effect <- weight <- horizon <- c()
  for (g in c(3, 5, 6)) for (t in g:8) {
    later <- panel$began > t
    own <- panel$began == g
    effect <- c(effect, mean_of(own & panel$period == t) - mean_of(own & panel$period == g - 1) -
      mean_of(later & panel$period == t) + mean_of(later & panel$period == g - 1))
    weight <- c(weight, sizes[as.character(g)])
    horizon <- c(horizon, t - g)
  }
  horizons <- sapply(0:3, function(e) weighted.mean(effect[horizon == e], weight[horizon == e]))
  c(overall = weighted.mean(effect, weight), setNames(horizons, paste0("since_start[", 0:3, "]")))
}

judged <- function(method) {
  value <- method(panel$value)
  of_series <- sapply(seq_along(start), function(s) method(panel$value * (panel$series == s)))
  unit <- sapply(seq_len(nrow(panel)), function(i) method(as.numeric(seq_len(nrow(panel)) == i))^2)
  variance <- size <- free <- 0
  for (g in unique(start)) {
    mine <- which(start == g)
    n <- length(mine)
    variance <- variance + n * apply(of_series[, mine], 1, var)
    a <- rowSums(unit[, panel$began == g])
    size <- size + a
    free <- free + a^2 / (n - 1)
  }
  data.frame(term = names(value), value = value, se = sqrt(variance), df = size^2 / free)
}

methods <- list(sun_abraham = sun_abraham, imputation = imputation, callaway_santanna = callaway_santanna)
expected <- do.call(rbind, lapply(names(methods), function(name) cbind(method = name, judged(methods[[name]]))))
expected$made_with <- R.version.string
panel$began[is.infinite(panel$began)] <- NA
write.csv(format(panel, digits = 17, trim = TRUE), "panel.csv", row.names = FALSE, quote = FALSE)
write.csv(format(expected, digits = 15, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)

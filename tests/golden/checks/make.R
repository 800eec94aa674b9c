# Writes panel.csv, expected.csv and bounds.csv: E-values, robustness values and their bounds, standardised differences, adjusted
# p-values and alpha-spending bounds, from the papers' formulas in base R, by other routes than our code takes.
#   VanderWeele & Ding 2017; Cinelli & Hazlett 2020 (partial R2 from nested models); Austin 2009; Lan & DeMets 1983 (a uniform grid).
# Run in this folder: Rscript make.R
made <- paste0("R ", getRversion())
digits <- function(x) sprintf("%.12g", x)
set.seed(20)
n <- 240
cluster <- rep(1:24, each = 10)
skill <- rnorm(n) + 0.3 * rnorm(24)[cluster]
change <- as.integer((cluster %% 2 == 0))
before <- 3 + skill + 0.25 * change + rnorm(n, 0, 0.4)
age <- 10 + round(runif(n, 0, 3)) + change * rbinom(n, 1, 0.2)
after <- 1 + 0.5 * before + 0.08 * age + 0.7 * change + rnorm(n, 0, 0.7)
panel <- data.frame(student = paste0("s", 1:n), classroom = paste0("c", cluster), group = ifelse(change == 1, "change", "comparison"),
  before = before, age = age, after = after)
write.csv(panel, "panel.csv", row.names = FALSE, quote = FALSE)

rows <- list()
keep <- function(name, value) rows[[length(rows) + 1]] <<- data.frame(name = name, value = digits(value), made_with = made)

# E-value: E solves E*E/(2E-1) = RR (the bounding factor with both parameters equal)
e_value <- function(rr) { rr <- max(rr, 1 / rr); if (rr == 1) 1 else uniroot(function(e) e^2 / (2 * e - 1) - rr, c(1, 1e4), tol = 1e-14)$root }
for (rr in c(3.9, 1.8, 0.5, 1.0001)) keep(paste0("e_value:", rr), e_value(rr))
for (d in c(0.2, 0.5, -0.3)) keep(paste0("e_value_of_d:", d), e_value(exp(0.91 * d)))

# Robustness value: RV solves RV^2/(1-RV) = f^2
rv <- function(f) uniroot(function(r) r^2 / (1 - r) - f^2, c(0, 1 - 1e-12), tol = 1e-15)$root
for (f in c(4.184 / sqrt(783), 0.0793, 1.5)) keep(paste0("robustness_value:", digits(f)), rv(f))

rss <- function(model) sum(resid(model)^2)
share <- function(less, more) (rss(less) - rss(more)) / rss(less)
full <- lm(after ~ change + before + age)
fit <- summary(full)$coefficients["change", ]
scale <- fit[["Std. Error"]] * sqrt(full$df.residual)
keep("value", fit[["Estimate"]]); keep("scale", scale)
without <- list(before = lm(after ~ change + age), age = lm(after ~ change + before))
arms <- lm(change ~ before + age)
arms_without <- list(before = lm(change ~ age), age = lm(change ~ before))
for (term in c("before", "age")) {
  d <- share(arms_without[[term]], arms); y <- share(without[[term]], full)
  keep(paste0("of_arm:", term), d); keep(paste0("of_outcome:", term), y)
  r2dz <- d / (1 - d)
  r2zx <- d^2 / ((1 - d) * (1 - d))
  r2yz <- min(1, ((1 + sqrt(r2zx)) / sqrt(1 - r2zx))^2 * y / (1 - y))
  keep(paste0("bias:", term), fit[["Std. Error"]] * sqrt(r2yz * r2dz / (1 - r2dz) * full$df.residual))
}
smd <- function(x) { a <- x[change == 1]; b <- x[change == 0]; (mean(a) - mean(b)) / sqrt((var(a) + var(b)) / 2) }
keep("smd:before", smd(before)); keep("smd:age", smd(age))
yes <- as.integer(age > 12)
p1 <- mean(yes[change == 1]); p0 <- mean(yes[change == 0])
keep("smd:older", (p1 - p0) / sqrt((p1 * (1 - p1) + p0 * (1 - p0)) / 2))
keep("outside:before", mean(before[change == 1] < min(before[change == 0]) | before[change == 1] > max(before[change == 0])))
p <- c(0.001, 0.04, 0.03, 0.2, 0.011, 0.04, 0.9)
for (i in seq_along(p)) { keep(paste0("holm:", i), p.adjust(p, "holm")[i]); keep(paste0("bh:", i), p.adjust(p, "BH")[i]) }
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = FALSE)

# Bounds: the spent alpha of each half, and the walk's density on a fine uniform grid, one side at a time.
bounds <- function(times, alpha = 0.05, step = 0.004) {
  spent <- 4 * (1 - pnorm(qnorm(1 - alpha / 4) / sqrt(times)))
  due <- diff(c(0, spent)) / 2
  found <- numeric(0); density <- NULL; grid <- NULL; last <- 0
  for (k in seq_along(times)) {
    sd <- sqrt(times[k] - last)
    above <- function(b) if (is.null(density)) pnorm(b * sqrt(times[k]), 0, sd, lower.tail = FALSE) else
      sum(density * pnorm(b * sqrt(times[k]) - grid, 0, sd, lower.tail = FALSE)) * (grid[2] - grid[1])
    found[k] <- uniroot(function(b) above(b) - due[k], c(0, 8), tol = 1e-12)$root
    edge <- found[k] * sqrt(times[k])
    m <- ceiling(2 * edge / step); fresh <- -edge + (seq_len(m) - 0.5) * 2 * edge / m
    density <- if (is.null(density)) dnorm(fresh, 0, sd) else
      vapply(fresh, function(s) sum(density * dnorm(s, grid, sd)), 0) * (grid[2] - grid[1])
    grid <- fresh; last <- times[k]
  }
  found
}
looks <- list(five = (1:5) / 5, two = c(0.5, 1), uneven = c(0.3, 0.45, 0.9, 1))
write.csv(do.call(rbind, lapply(names(looks), function(name) data.frame(looks = name, information = looks[[name]],
  bound = sprintf("%.8f", bounds(looks[[name]])), made_with = made))), "bounds.csv", row.names = FALSE, quote = FALSE)

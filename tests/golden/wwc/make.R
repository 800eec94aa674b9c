# Writes effects.csv, cox.csv, corrections.csv and panel.csv: effect sizes of the What Works Clearinghouse from its printed formulas
# (Procedures and Standards Handbook 5.0, appendix E; Procedures Handbook 4.1, appendix F), independently of our code.
# Run in this folder: Rscript make.R
suppressMessages({library(clubSandwich); library(lme4)})
made <- paste0("R ", getRversion(), "; clubSandwich ", packageVersion("clubSandwich"), "; lme4 ", packageVersion("lme4"))
digits <- function(x) sprintf("%.12g", x)

effect <- function(b, S, se, nT, nC, M, rho, q, kind) {
  N <- nT + nC
  if (kind == "unit") { h <- N - 2; gamma <- 1; k <- 1 } else {
    n <- N / M
    a <- (N - 2) - 2 * (n - 1) * rho
    h <- a^2 / ((N - 2) * (1 - rho)^2 + n * (N - 2 * n) * rho^2 + 2 * (N - 2 * n) * rho * (1 - rho))
    gamma <- sqrt(1 - 2 * (n - 1) * rho / (N - 2))
    k <- if (kind == "knows") gamma^2 else 1 + (n - 1) * rho
  }
  omega <- 1 - 3 / (4 * h - 1)
  g <- omega * gamma * b / S
  data.frame(value = b, sd = S, se = se, n_change = nT, n_comparison = nC, n_clusters = M, icc = rho, n_covariates = q, kind = kind,
    df = digits(h), omega = digits(omega), gamma = digits(gamma), g = digits(g),
    g_se = digits(sqrt((se / S)^2 * k + g^2 / (2 * (h - q)))), made_with = made)
}
rows <- rbind(
  effect(0.30, 1, 0.19, 200, 200, 20, 0.20, 0, "knows"), effect(0.30, 1, 0.10, 200, 200, 20, 0.20, 0, "blind"),
  effect(0.30, 1, 0.10, 200, 200, NA, NA, 0, "unit"), effect(-0.214, 0.77, 0.081, 512, 530, 48, 0.083, 4, "knows"),
  effect(5.2, 14.1, 2.9, 61, 74, 9, 0.31, 2, "knows"), effect(5.2, 14.1, 1.1, 61, 74, 9, 0.31, 2, "blind"),
  effect(0.01, 0.5, 0.02, 3000, 2000, 60, 0.10, 1, "knows"), effect(1, 2, 0.5, 12, 10, NA, NA, 1, "unit"),
  effect(0.4, 1, 0.3, 40, 40, 8, 0, 0, "knows"))
write.csv(rows, "effects.csv", row.names = FALSE, quote = FALSE)

cox <- function(p1, p0, n1, n0) {
  omega <- 1 - 3 / (4 * (n1 + n0) - 9)
  lor <- log(p1 / (1 - p1)) - log(p0 / (1 - p0))
  cells <- c(n1 * p1, n1 * (1 - p1), n0 * p0, n0 * (1 - p0))
  data.frame(change = p1, comparison = p0, n_change = n1, n_comparison = n0, without_omega = digits(lor / 1.65),
    index = digits(omega * lor / 1.65), se = digits(omega / 1.65 * sqrt(sum(1 / cells))), made_with = made)
}
write.csv(rbind(cox(.8, .6, 100, 100), cox(.12, .18, 420, 388), cox(.5, .5, 30, 40), cox(.99, .9, 200, 150)),
  "cox.csv", row.names = FALSE, quote = FALSE)

correction <- function(g, nT, nC, M, rho) {
  N <- nT + nC; n <- N / M
  t <- g / sqrt((nT + nC) / (nT * nC) + g^2 / (2 * N))
  a <- (N - 2) - 2 * (n - 1) * rho
  tc <- t * sqrt(a / ((N - 2) * (1 + (n - 1) * rho)))
  h <- a^2 / ((N - 2) * (1 - rho)^2 + n * (N - 2 * n) * rho^2 + 2 * (N - 2 * n) * rho * (1 - rho))
  data.frame(g = g, n_change = nT, n_comparison = nC, n_clusters = M, icc = rho, t_ignoring = digits(t), t = digits(tc), df = digits(h),
    p = digits(2 * pt(-abs(tc), h)), made_with = made)
}
write.csv(rbind(correction(.30, 200, 200, 20, .20), correction(.30, 200, 200, 20, .10), correction(-.45, 120, 90, 12, .07),
  correction(.6, 1500, 1400, 110, .22)), "corrections.csv", row.names = FALSE, quote = FALSE)

# A whole panel: coefficient and standard error by clubSandwich, intra-class correlation by lme4.
frame <- read.csv("../cluster_variance/panel.csv")
frame$arm <- factor(frame$arm, levels = c("comparison", "change"))
parts <- split(frame$outcome, frame$arm)
S <- sqrt(sum(sapply(parts, function(x) sum((x - mean(x))^2))) / (nrow(frame) - 2))
icc <- { v <- as.data.frame(VarCorr(lmer(outcome ~ 1 + (1 | classroom), frame, control = lmerControl(optimizer = "bobyqa",
  optCtrl = list(rhoend = 1e-9)))))$vcov; v[1] / sum(v) }
M <- nrow(unique(frame[, c("arm", "classroom")]))
whole <- function(name, fit, kind, q) {
  se <- if (kind == "knows") sqrt(diag(vcovCR(fit, cluster = frame$classroom, type = "CR2")))["armchange"] else
    sqrt(diag(vcovCR(fit, cluster = seq_len(nrow(frame)), type = "CR2")))["armchange"]
  cbind(estimator = name, effect(unname(coef(fit)["armchange"]), S, unname(se), length(parts$change), length(parts$comparison),
    if (kind == "unit") NA else M, icc, q, kind)[, c("kind", "g", "g_se")], made_with = made)
}
write.csv(rbind(
  whole("difference_in_means", lm(outcome ~ arm, frame), "knows", 0), whole("difference_in_means", lm(outcome ~ arm, frame), "blind", 0),
  whole("difference_in_means", lm(outcome ~ arm, frame), "unit", 0), whole("ancova", lm(outcome ~ arm + baseline + age, frame), "knows", 2)),
  "panel.csv", row.names = FALSE, quote = FALSE)

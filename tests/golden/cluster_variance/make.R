# Writes panel.csv (simulated here, unbalanced) and expected.csv from base R and clubSandwich, independently of our code.
# Run in this folder: Rscript make.R
library(clubSandwich)
set.seed(20260901)

schools <- 5
classrooms <- c(2, 3, 4, 3, 2)
frame <- do.call(rbind, lapply(seq_len(schools), function(s) {
  do.call(rbind, lapply(seq_len(classrooms[s]), function(k) {
    n <- sample(3:11, 1)
    baseline <- rnorm(n, 3 + 0.2 * s, 0.8)
    data.frame(school = paste0("s", s), classroom = paste0("s", s, "c", k),
               arm = if (k %% 2 == 1) "change" else "comparison",
               baseline = baseline, age = sample(9:12, n, TRUE),
               outcome = 1 + 0.5 * baseline + 0.3 * (k %% 2) + rnorm(1, 0, 0.4) + rnorm(n, 0, 0.7))
  }))
}))
frame$unit <- sprintf("u%03d", seq_len(nrow(frame)))
# one classroom of a single student, one school whose block dummy lies within one cluster
frame <- frame[!(frame$classroom == "s2c2") | !duplicated(frame$classroom), ]
frame <- frame[frame$school != "s5" | frame$classroom == "s5c1", ]
frame$baseline <- round(frame$baseline, 4); frame$outcome <- round(frame$outcome, 4)
write.csv(frame[, c("unit", "school", "classroom", "arm", "baseline", "age", "outcome")], "panel.csv", row.names = FALSE, quote = FALSE)
frame <- read.csv("panel.csv")
frame$arm <- factor(frame$arm, levels = c("comparison", "change"))

models <- list(
  difference_in_means = lm(outcome ~ arm, frame),
  difference_in_means_blocks = lm(outcome ~ arm + school, frame),
  ancova = lm(outcome ~ arm + baseline + age, frame),
  ancova_blocks = lm(outcome ~ arm + baseline + age + school, frame),
  difference_in_differences = lm(I(outcome - baseline) ~ arm + age, frame),
  difference_in_differences_blocks = lm(I(outcome - baseline) ~ arm + age + school, frame)
)
rows <- list()
for (name in names(models)) {
  fit <- models[[name]]
  for (cluster in c("classroom", "unit")) {
    for (kind in c("CR0", "CR1", "CR1S", "CR2")) {
      v <- vcovCR(fit, cluster = frame[[cluster]], type = kind)
      test <- coef_test(fit, vcov = v, test = "Satterthwaite")
      ci <- conf_int(fit, vcov = v, level = 0.95, test = "Satterthwaite")
      rows[[length(rows) + 1]] <- data.frame(model = name, cluster = cluster, kind = kind, term = names(coef(fit)),
        value = unname(coef(fit)), se = test$SE, df = if (kind == "CR2") test$df_Satt else NA,
        low = if (kind == "CR2") ci$CI_L else NA, high = if (kind == "CR2") ci$CI_U else NA,
        p = if (kind == "CR2") test$p_Satt else NA)
    }
  }
  plain <- summary(fit)$coefficients
  rows[[length(rows) + 1]] <- data.frame(model = name, cluster = "none", kind = "classical", term = rownames(plain),
    value = plain[, 1], se = plain[, 2], df = fit$df.residual, low = confint(fit)[, 1], high = confint(fit)[, 2], p = plain[, 4])
  x <- model.matrix(fit); e <- resid(fit); h <- hatvalues(fit); m <- solve(crossprod(x)); n <- nrow(x); k <- ncol(x)
  weights <- list(HC1 = e^2 * n / (n - k), HC2 = e^2 / (1 - h), HC3 = e^2 / (1 - h)^2)
  for (kind in names(weights)) {
    se <- sqrt(diag(m %*% crossprod(x * weights[[kind]], x) %*% m))
    rows[[length(rows) + 1]] <- data.frame(model = name, cluster = "none", kind = kind, term = colnames(x),
      value = unname(coef(fit)), se = se, df = NA, low = NA, high = NA, p = NA)
  }
}
out <- do.call(rbind, rows)
for (column in c("value", "se", "df", "low", "high", "p")) out[[column]] <- sprintf("%.15g", out[[column]])
out$made_with <- paste0("R ", getRversion(), ", clubSandwich ", packageVersion("clubSandwich"))
write.csv(out, "expected.csv", row.names = FALSE, quote = TRUE)

# one group: a paired t test
change <- subset(frame, arm == "change")
paired <- t.test(change$outcome, change$baseline, paired = TRUE)
write.csv(data.frame(value = sprintf("%.15g", paired$estimate), se = sprintf("%.15g", paired$stderr), df = paired$parameter,
  low = sprintf("%.15g", paired$conf.int[1]), high = sprintf("%.15g", paired$conf.int[2]), p = sprintf("%.15g", paired$p.value)),
  "paired.csv", row.names = FALSE)

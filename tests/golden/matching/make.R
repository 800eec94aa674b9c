# Writes panel.csv (simulated here, the arms confounded with what was known before) and expected.csv: matches by MatchIt, entropy balancing
# and stacked estimating equations by the script below, cluster variances by sandwich and clubSandwich; none of it is our code.
# Run in this folder: Rscript make.R
suppressMessages({library(MatchIt); library(sandwich); library(clubSandwich); library(numDeriv)})
set.seed(20260915)

classrooms <- 16
sizes <- rep(c(17, 20, 23, 20), 4)
class <- rep(seq_len(classrooms), sizes); n <- length(class)
shared <- rnorm(classrooms, 0, 0.35)
baseline <- round(3 + shared[class] + rnorm(n, 0, 0.8), 4)
age <- round(rnorm(n, 11, 1), 3)
meals <- rbinom(n, 1, 0.45)
arm <- rbinom(n, 1, plogis(-0.9 + 0.6 * (baseline - 3) - 0.35 * (age - 11) + 0.4 * meals))
outcome <- round(1 + 0.6 * baseline - 0.1 * age + 0.3 * arm + 0.2 * meals + rnorm(classrooms, 0, 0.2)[class] + rnorm(n, 0, 0.6), 4)
frame <- data.frame(unit = sprintf("u%03d", seq_len(n)), classroom = sprintf("c%02d", class), school = sprintf("s%d", (class - 1) %/% 4 + 1),
                    arm = ifelse(arm == 1, "change", "comparison"), baseline, age, meals, weight = round(runif(n, 0.5, 2), 3), outcome)
write.csv(frame, "panel.csv", row.names = FALSE, quote = FALSE)
frame <- read.csv("panel.csv"); frame$treat <- as.integer(frame$arm == "change")
X <- as.matrix(frame[, c("baseline", "age", "meals")]); y <- frame$outcome; a <- frame$treat
rows <- list()
add <- function(case, quantity, value) rows[[length(rows) + 1]] <<- data.frame(case, quantity, value = sprintf("%.15g", value))

# --- nearest neighbours -------------------------------------------------------------------------------------------------------------
# MatchIt 4.5.1 given a vector of propensities does not always take the nearest unit (with replacement, 61 of 111 here have a nearer one), so
# it is given the matrix of distances, with units sorted so that the highest propensity chooses first; beyond the caliper, infinity.
cases <- list(
  linear_caliper = list(scale = "link", caliper = 0.02),
  propensity = list(scale = "response"),
  propensity_two = list(scale = "response", ratio = 2, caliper = 0.2),
  mahalanobis = list(distance = "mahalanobis"),
  replacement = list(scale = "link", replace = TRUE, ratio = 2),
  within_schools = list(scale = "link", exact = ~school, caliper = 0.3, blocked = TRUE))
for (case in names(cases)) {
  asked <- cases[[case]]
  formula <- if (isTRUE(asked$blocked)) treat ~ baseline + age + meals + school else treat ~ baseline + age + meals
  sorted <- frame
  if (is.null(asked$distance)) {
    score <- predict(glm(formula, binomial, frame, control = list(epsilon = 1e-14)), type = asked$scale)
    sorted <- frame[order(-score), ]; score <- sort(score, decreasing = TRUE); rownames(sorted) <- names(score) <- sorted$unit
    asked$distance <- abs(outer(score[sorted$treat == 1], score[sorted$treat == 0], "-"))
    if (!is.null(asked$caliper)) asked$distance[asked$distance > asked$caliper * sd(score)] <- Inf
  }
  found <- suppressWarnings(do.call(matchit, c(list(formula, data = sorted, method = "nearest"),
    asked[intersect(names(asked), c("distance", "ratio", "replace", "exact"))])))
  pairs <- get_matches(found, distance = "ps")
  fit <- lm(outcome ~ treat, pairs, weights = weights)
  add(case, "value", coef(fit)[["treat"]]); add(case, "n", length(unique(pairs$unit)))
  add(case, "sum_of_comparison_rows", sum(as.integer(substring(pairs$unit[pairs$treat == 0], 2)) * pairs$weights[pairs$treat == 0]))
  add(case, "smd_baseline", summary(found, standardize = TRUE)$sum.matched["baseline", "Std. Mean Diff."])
  add(case, "se_CR0_two_way", sqrt(vcovCL(fit, cluster = ~ classroom + subclass, type = "HC0", cadjust = FALSE)["treat", "treat"]))
  own <- if (isTRUE(asked$replace)) ~ unit + subclass else ~ subclass
  add(case, "se_CR0_sets", sqrt(vcovCL(fit, cluster = own, type = "HC0", cadjust = FALSE)["treat", "treat"]))
  if (!isTRUE(asked$replace)) {
    v <- vcovCR(fit, cluster = pairs$subclass, type = "CR2", target = 1 / weights(fit))
    test <- coef_test(fit, vcov = v, test = "Satterthwaite")["treat", ]
    add(case, "se_CR2_sets", test$SE); add(case, "df_CR2_sets", test$df_Satt)
  }
}

# --- weights, and stacked estimating equations for what estimating them does to the standard error ----------------------------------
sandwich_se <- function(psi, theta, cluster) {           # psi: n x p at theta; the effect is the last parameter but one minus the last
  bread <- jacobian(function(t) colSums(psi(t)), theta)
  sums <- rowsum(psi(theta), cluster)
  V <- solve(bread) %*% crossprod(sums) %*% t(solve(bread))
  p <- length(theta); pick <- c(rep(0, p - 2), 1, -1)
  sqrt(drop(t(pick) %*% V %*% pick))
}
for (q_name in c("", "_weighted")) {
  q <- if (q_name == "") rep(1, n) else frame$weight
  Z <- cbind(1, X)
  gamma <- suppressWarnings(coef(glm(a ~ X, family = binomial, weights = q, control = list(epsilon = 1e-14, maxit = 100))))
  odds <- q * exp(drop(Z %*% gamma))
  m1 <- weighted.mean(y[a == 1], q[a == 1]); m0 <- weighted.mean(y[a == 0], odds[a == 0])
  psi <- function(t) { g <- t[1:4]; e <- plogis(drop(Z %*% g))
    cbind(q * (a - e) * Z, q * a * (y - t[5]), (1 - a) * q * exp(drop(Z %*% g)) * (y - t[6])) }
  case <- paste0("propensity_weighted", q_name)
  add(case, "value", m1 - m0)
  add(case, "effective_n", sum(odds[a == 0])^2 / sum(odds[a == 0]^2))
  for (cluster in c("unit", "classroom")) add(case, paste0("se_CR0_", cluster), sandwich_se(psi, c(gamma, m1, m0), frame[[cluster]]))
  w <- ifelse(a == 1, q, odds)
  fit <- lm(y ~ a, weights = w)
  for (cluster in c("unit", "classroom")) add(case, paste0("known_se_CR0_", cluster),
    sqrt(vcovCL(fit, cluster = frame[[cluster]], type = "HC0", cadjust = FALSE)["a", "a"]))

  for (moments in 1:2) {
    target <- apply(X[a == 1, ], 2, weighted.mean, w = q[a == 1])
    D <- if (moments == 1) sweep(X, 2, target) else { # centred squares of the two that are not yes or no
      S <- sweep(X[, 1:2], 2, target[1:2])^2; cbind(sweep(X, 2, target), sweep(S, 2, apply(S[a == 1, ], 2, weighted.mean, w = q[a == 1]))) }
    lambda <- rep(0, ncol(D)); D0 <- D[a == 0, ]
    for (step in 1:200) { w0 <- q[a == 0] * exp(drop(D0 %*% lambda)); w0 <- w0 / sum(w0); slope <- drop(crossprod(D0, w0))
      if (max(abs(slope)) < 1e-13) break
      lambda <- lambda - solve(crossprod(D0, w0 * D0) - tcrossprod(slope), slope) }
    case <- paste0("entropy_balanced", moments, q_name)
    add(case, "value", m1 - sum(w0 * y[a == 0]))
    add(case, "effective_n", 1 / sum(w0^2))
    if (moments == 1) {
      mu <- target
      psi <- function(t) { k <- length(mu); l <- t[1:k]; x1 <- t[k + 1:k]; e <- drop(sweep(X, 2, x1) %*% l)
        cbind((1 - a) * q * exp(e) * sweep(X, 2, x1), a * q * sweep(X, 2, x1), a * q * (y - t[2 * k + 1]), (1 - a) * q * exp(e) * (y - t[2 * k + 2])) }
      theta <- c(lambda, mu, m1, sum(w0 * y[a == 0]))
      for (cluster in c("unit", "classroom")) add(case, paste0("se_CR0_", cluster), sandwich_se(psi, theta, frame[[cluster]]))
    }
  }
}

out <- do.call(rbind, rows)
out$made_with <- paste0("R ", getRversion(), ", MatchIt ", packageVersion("MatchIt"), ", sandwich ", packageVersion("sandwich"),
                        ", clubSandwich ", packageVersion("clubSandwich"), ", numDeriv ", packageVersion("numDeriv"))
write.csv(out, "expected.csv", row.names = FALSE, quote = TRUE)

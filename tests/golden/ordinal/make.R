# Proportional odds with errors clustered by classroom, and whether one odds ratio describes every cut. Rscript make.R
library(MASS); library(sandwich)
set.seed(2026)
class <- rep(1:24, times = rep(c(8, 11, 9), 8))
panel <- data.frame(student = seq_along(class), classroom = paste0("c", class), arm = ifelse(class %% 2, "check_ins", "not_yet"),
                    grade = 9 + (class - 1) %/% 12)
n <- nrow(panel)
panel$before <- round(rnorm(n, 3, .8), 2)
latent <- .6 * (class %% 2) + .8 * (panel$before - 3) + .3 * (panel$grade == 10) + rnorm(24, 0, .4)[class] + rlogis(n)
panel$said <- findInterval(latent, c(-1.5, -.3, .8, 2.2)) + 1
write.csv(panel, "panel.csv", row.names = FALSE, quote = FALSE)
panel$x <- as.numeric(panel$arm == "check_ins")
fit <- polr(ordered(said) ~ x + before + grade, panel, Hess = TRUE, control = list(reltol = 1e-15, maxit = 1000))
for (again in 1:3) fit <- update(fit, start = c(coef(fit), fit$zeta))
G <- 24
cr0 <- sqrt(diag(vcovCL(fit, panel$classroom, type = "HC0", cadjust = FALSE)))
cr1 <- sqrt(diag(vcovCL(fit, panel$classroom, type = "HC0", cadjust = TRUE)))
switched <- function(x) { panel$x <- x; panel }
expected <- function(x) rowMeans(apply(predict(fit, switched(x), type = "probs"), 1, function(p) rev(cumsum(rev(p)))))[-1]
# a logistic regression at each cut; their joint covariance is the sandwich of their influence by classroom
cuts <- lapply(1:4, function(k) glm(said > k ~ x + before + grade, binomial, panel, epsilon = 1e-14, maxit = 100))
influence <- sapply(cuts, function(one) rowsum(estfun(one) %*% vcov(one), panel$classroom)[, 2])
values <- sapply(cuts, function(one) coef(one)["x"])
differ <- cbind(-1, diag(3))
joint <- differ %*% (crossprod(influence) * G / (G - 1)) %*% t(differ)
gaps <- differ %*% values
wald <- drop(t(gaps) %*% solve(joint, gaps)) / 3
found <- rbind(
  data.frame(quantity = "value", at = c("x", "before", "grade"), value = coef(fit)),
  data.frame(quantity = "threshold", at = 1:4, value = fit$zeta),
  data.frame(quantity = "cr0", at = names(cr0), value = cr0),
  data.frame(quantity = "cr1", at = names(cr1), value = cr1),
  data.frame(quantity = "cut", at = 1:4, value = values),
  data.frame(quantity = "statistic", at = "", value = wald),
  data.frame(quantity = "p", at = "", value = pf(wald, 3, G - 3, lower.tail = FALSE)),
  data.frame(quantity = "expected_change", at = 2:5, value = expected(1)),
  data.frame(quantity = "expected_comparison", at = 2:5, value = expected(0)))
found$value <- sprintf("%.12g", found$value)
found$made_with <- paste0(R.version.string, "; MASS ", packageVersion("MASS"), "; sandwich ", packageVersion("sandwich"))
write.csv(found, "expected.csv", row.names = FALSE, quote = FALSE)

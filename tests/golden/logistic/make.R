# Logistic regression of a yes-or-no outcome: glm, sandwich and clubSandwich; Firth's estimate by a search of its own.
library(sandwich)
library(clubSandwich)

set.seed(318)
classroom <- rep(1:20, each = 15)
level <- rnorm(20, 0, 0.4)[classroom]
panel <- data.frame(
  classroom = sprintf("c%02d", classroom),
  school = sprintf("s%d", (classroom - 1) %/% 5 + 1),
  arm = ifelse(classroom %% 2 == 0, "change", "comparison"),
  before = round(rnorm(300), 4),
  age = sample(13:16, 300, replace = TRUE)
)
panel$passed <- rbinom(300, 1, plogis(-0.3 + 0.6 * (panel$arm == "change") + 0.5 * panel$before + 0.1 * (panel$age - 14) + level))
write.csv(panel, "panel.csv", row.names = FALSE)

fit <- glm(passed ~ I(arm == "change") + before + age + school, binomial, panel, control = list(epsilon = 1e-14))
ame <- function(fit, X, at) {
  with <- without <- X
  with[, at] <- 1
  without[, at] <- 0
  p1 <- plogis(with %*% coef(fit))[, 1]
  p0 <- plogis(without %*% coef(fit))[, 1]
  list(value = mean(p1 - p0), slope = colMeans(p1 * (1 - p1) * with - p0 * (1 - p0) * without))
}
effect <- ame(fit, model.matrix(fit), 2)
se <- function(V) sqrt(c(t(effect$slope) %*% V %*% effect$slope))
cr0 <- vcovCL(fit, ~classroom, type = "HC0", cadjust = FALSE)
cr1 <- vcovCL(fit, ~classroom, type = "HC0", cadjust = TRUE)
# CR2 of the weighted least squares of the last step, rows scaled by the root of their weights
w <- fit$weights
lm2 <- lm(sqrt(w) * (fit$linear.predictors + residuals(fit, "working")) ~ 0 + I(sqrt(w) * model.matrix(fit)))
cr2 <- as.matrix(vcovCR(lm2, cluster = panel$classroom, type = "CR2"))
turned <- diag(length(effect$slope)); turned[2, ] <- effect$slope
lm3 <- lm(sqrt(w) * (fit$linear.predictors + residuals(fit, "working")) ~ 0 + I(sqrt(w) * model.matrix(fit) %*% solve(turned)))
df3 <- coef_test(lm3, vcov = vcovCR(lm3, cluster = panel$classroom, type = "CR2"), test = "Satterthwaite")$df[2]


# Separated: everybody in the change arm passes
few <- panel[c(1:40), c("arm", "before", "passed")]
few$passed[few$arm == "change"] <- 1
write.csv(few, "separated.csv", row.names = FALSE)
X <- cbind(1, few$arm == "change", few$before)
height <- function(b) {
  p <- plogis(X %*% b)[, 1]
  sum(ifelse(few$passed == 1, plogis(X %*% b, log.p = TRUE), plogis(-X %*% b, log.p = TRUE))) +
    0.5 * determinant(t(X) %*% (p * (1 - p) * X))$modulus
}
b <- c(0, 0, 0)
for (turn in 1:20) b <- optim(b, function(b) -height(b), method = "BFGS", control = list(reltol = 1e-16, maxit = 1000))$par
p <- plogis(X %*% b)[, 1]
information <- solve(t(X) %*% (p * (1 - p) * X))

expected <- rbind(
  c("value", effect$value), c("se_classical", se(vcov(fit))), c("se_CR0", se(cr0)), c("se_CR1", se(cr1)), c("se_CR2", se(cr2)), c("df_CR2", df3),
  c("log_odds", coef(fit)[2]), c("log_odds_se_CR1", sqrt(cr1[2, 2])), c("log_odds_se_CR2", sqrt(cr2[2, 2])),
  c("firth_intercept", b[1]), c("firth_arm", b[2]), c("firth_before", b[3]),
  c("firth_arm_se", sqrt(information[2, 2]))
)
colnames(expected) <- c("quantity", "logistic")
write.csv(as.data.frame(expected), "expected.csv", row.names = FALSE)
cat(R.version.string, "sandwich", as.character(packageVersion("sandwich")), "\n")

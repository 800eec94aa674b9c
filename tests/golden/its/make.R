# Writes pair.csv (a series with a change and one without, simulated here), schools.csv (six schools of either kind over ten terms, some terms
# missing) and expected.csv: segmented regressions by lm with sandwich's Newey-West, by nlme's gls, by integrating the restricted likelihood
# over the autocorrelation with dense matrices, and clusters by clubSandwich; none of it is our code. Run in this folder: Rscript make.R
suppressMessages({library(nlme); library(sandwich); library(clubSandwich)})
set.seed(20261005)
expected <- data.frame()
keep <- function(model, quantity, term, value)
  expected <<- rbind(expected, data.frame(model, quantity, term, value = format(value, digits = 12)))

n <- 40; start <- 24; t <- 0:(n - 1)
ar <- function(rho) as.numeric(arima.sim(list(ar = rho), n, sd = 0.01))
pair <- data.frame(week = rep(t, 2), arm = rep(c("texts", "none"), each = n),
  share = round(c(0.90 + 0.0005 * t + 0.02 * (t >= start) + 0.001 * pmax(t - start, 0) + ar(0.4), 0.92 + ar(0.4)), 5))
write.csv(pair, "pair.csv", row.names = FALSE, quote = FALSE)

segments <- function(t) { D <- as.numeric(t >= start); since <- (t - start) * D; data.frame(t = t + 1, D, since, centred = since - D * mean(since[D == 1])) }
one <- function(name, y, x) {
  plain <- lm(y ~ t + D + since, x); at <- lm(y ~ t + D + centred, x)
  keep(name, "value", "effect", coef(at)[["D"]]); keep(name, "value", "level change", coef(plain)[["D"]]); keep(name, "value", "slope change", coef(plain)[["since"]])
  robust <- function(fit) sqrt(diag(NeweyWest(fit, lag = 3, prewhite = FALSE, adjust = FALSE)))
  keep(name, "newey_west", "effect", robust(at)[["D"]]); keep(name, "newey_west", "level change", robust(plain)[["D"]])
  for (method in c("REML", "ML")) {
    fit <- gls(y ~ t + D + centred, cbind(y, x), correlation = corAR1(), method = method, control = glsControl(tolerance = 1e-10, msTol = 1e-12))
    keep(name, paste0("gls_", tolower(method)), "effect", coef(fit)[["D"]])
    keep(name, paste0("gls_", tolower(method), "_se"), "effect", summary(fit)$tTable["D", "Std.Error"])
    keep(name, paste0("gls_", tolower(method), "_rho"), "", coef(fit$modelStruct$corStruct, unconstrained = FALSE)[[1]])
  }
  averaged(name, y, x)
}
averaged <- function(name, y, x) {
  X <- cbind(1, x$t, x$D, x$centred); m <- length(y); k <- ncol(X); apart <- abs(outer(x$t, x$t, "-"))
  at <- function(rho) {
    V <- rho^apart; W <- solve(V); M <- t(X) %*% W %*% X; b <- solve(M, t(X) %*% W %*% y); r <- y - X %*% b
    s <- as.numeric(t(r) %*% W %*% r)
    c(-0.5 * as.numeric(determinant(V)$modulus) - 0.5 * as.numeric(determinant(M)$modulus) - (m - k) / 2 * log(s), b[3], sqrt(s / (m - k) * solve(M)[3, 3]))
  }
  grid <- seq(-0.999, 0.999, length.out = 4001); found <- sapply(grid, at); w <- exp(found[1, ] - max(found[1, ]))
  w[c(1, 4001)] <- w[c(1, 4001)] / 2; w <- w / sum(w)
  below <- function(v) sum(w * pt((v - found[2, ]) / found[3, ], m - k)); span <- range(found[2, ]) + c(-9, 9) * max(found[3, w > 1e-6])
  for (one in list(c("low", 0.025), c("value", 0.5), c("high", 0.975)))
    keep(name, paste0("averaged_", one[1]), "effect", uniroot(function(v) below(v) - as.numeric(one[2]), span, tol = 1e-12)$root)
  keep(name, "averaged_p", "effect", 2 * min(below(0), 1 - below(0)))
}
change <- pair$share[pair$arm == "texts"]; none <- pair$share[pair$arm == "none"]
one("alone", change, segments(t))
one("pair", change - none, segments(t))

terms <- 10; start <- 6; schools <- 12
rows <- expand.grid(term = 0:(terms - 1), school = sprintf("s%02d", 1:schools)); rows$arm <- ifelse(as.integer(rows$school) <= 6, "texts", "none")
level <- rnorm(schools, 0.2, 0.04); drift <- rnorm(schools, 0, 0.003)
rows$share <- round(level[as.integer(rows$school)] + drift[as.integer(rows$school)] * rows$term - 0.02 * (rows$arm == "texts" & rows$term >= start) + rnorm(nrow(rows), 0, 0.01), 5)
rows <- rows[-c(7, 33, 80, 118), ]
write.csv(rows, "schools.csv", row.names = FALSE, quote = FALSE)
x <- segments(rows$term); x$centred <- x$since - x$D * mean(0:(terms - start - 1)); x$change <- as.numeric(rows$arm == "texts")
fit <- lm(rows$share ~ t + D + centred + change:t + change:D + change:centred + rows$school, x)
tested <- coef_test(fit, vcov = vcovCR(fit, cluster = rows$school, type = "CR2"), test = "Satterthwaite")
row <- tested[rownames(tested) == "D:change", ]
keep("schools", "value", "effect", row$beta); keep("schools", "cr2", "effect", row$SE); keep("schools", "cr2_df", "effect", row$df_Satt)
write.csv(expected, "expected.csv", row.names = FALSE, quote = FALSE)

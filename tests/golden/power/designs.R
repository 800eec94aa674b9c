# Minimum detectable effect sizes of further designs in base R; independent of the package.
# Rscript designs.R > designs.csv
# Dong and Maynard (2013), as functions mdes.* of PowerUpR write them: standard error and degrees of freedom of each design.
m <- function(df, level = .95, power = .8) qt(1 - (1 - level) / 2, df) + qt(power, df)
v <- paste(R.version$major, R.version$minor, sep = ".")
out <- function(design, sizes, se, df, level = .95, power = .8)
  cat(sprintf("%s,%s,%g,%g,%.10f,%g,%.10f,%s\n", design, sizes, level, power, se, df, m(df, level, power) * se, v))
cat("design,sizes,level,power,se,df,mdes,r_version\n")

p <- .4; n <- 60; J <- 8; r21 <- .3; g1 <- 2
out("bira2c1", "n=60;J=8;p=.4;r21=.3;g1=2", sqrt((1 - r21) / (p * (1 - p) * J * n)), J * (n - 1) - g1 - 1)
out("bira2f1", "n=60;J=8;p=.4;r21=.3;g1=2", sqrt((1 - r21) / (p * (1 - p) * J * n)), J * (n - 2) - g1)
rho2 <- .35; omega2 <- .1; r2t2 <- .2; g2 <- 1; J <- 48; n <- 83
out("bira2", "n=83;J=48;rho2=.35;omega2=.1;r21=.3;r2t2=.2;g2=1",
    sqrt(rho2 * omega2 * (1 - r2t2) / J + (1 - rho2) * (1 - .3) / (.25 * J * n)), J - g2 - 1)
K <- 60; J <- 3; n <- 15; rho3 <- .06; rho2 <- .17
out("cra3", "n=15;J=3;K=60;rho2=.17;rho3=.06", sqrt(rho3 / (.25 * K) + rho2 / (.25 * J * K) + (1 - rho3 - rho2) / (.25 * J * K * n)), K - 2)
p <- .35; r23 <- .5; r22 <- .4; r21 <- .2; g3 <- 2
out("cra3", "n=15;J=3;K=60;rho2=.17;rho3=.06;p=.35;r21=.2;r22=.4;r23=.5;g3=2",
    sqrt(rho3 * (1 - r23) / (p * (1 - p) * K) + rho2 * (1 - r22) / (p * (1 - p) * J * K) +
         (1 - rho3 - rho2) * (1 - r21) / (p * (1 - p) * J * K * n)), K - g3 - 2, .9, .9)
K <- 5; J <- 44; n <- 20; rho2 <- .1
out("bcra3f2", "n=20;J=44;K=5;rho2=.1", sqrt(rho2 / (.25 * J * K) + (1 - rho2) / (.25 * J * K * n)), K * (J - 2))
K <- 24; J <- 4; n <- 20; rho3 <- .13; rho2 <- .1; omega3 <- .4; r2t3 <- .2
out("bcra3r2", "n=20;J=4;K=24;rho2=.1;rho3=.13;omega3=.4;r22=.3;r2t3=.2;g3=1",
    sqrt(rho3 * omega3 * (1 - r2t3) / K + rho2 * (1 - .3) / (.25 * J * K) + (1 - rho3 - rho2) / (.25 * J * K * n)), K - 1 - 1)

# One group before and after: variance of a mean difference; with classrooms, of the mean of classroom means.
out("pre_post", "n=80;r=.7", sqrt((1 + 1 - 2 * .7) / 80), 79)
out("pre_post", "n=21;J=12;rho2=.1;r=.6;r2=.8", sqrt((.1 * (2 - 2 * .8) + .9 * (2 - 2 * .6) / 21) / 12), 11)
# Differences in differences: the design effect of Teerenstra et al. (2012), 2 (1 - r) (1 + (n - 1) rho), r = correlation of cluster means.
did <- function(n, J, rho, rw, rb, p) {
  r <- n * rho / (1 + (n - 1) * rho) * rb + (1 - rho) / (1 + (n - 1) * rho) * rw
  sqrt(2 * (1 - r) * (1 + (n - 1) * rho) / (n * J * p * (1 - p)))
}
out("did", "n=20;J=18;rho2=.12;p=.5;r=.6;r2=.75", did(20, 18, .12, .6, .75, .5), 16)
out("did", "n=20;J=18;rho2=.12;p=.4;r2=.75;same_students=0", did(20, 18, .12, 0, .75, .4), 16)
out("did", "n=300;p=.4;r=.65", sqrt(2 * (1 - .65) / (300 * .4 * .6)), 298)
# Regression discontinuity: 1 / (1 - cor(change, score)^2), the correlation integrated, not from its closed form.
cor_ts <- function(p, density, lower, upper, quantile) {
  cut <- quantile(1 - p)
  e_st <- integrate(function(s) s * density(s), cut, upper, rel.tol = 1e-12)$value
  mean <- integrate(function(s) s * density(s), lower, upper, rel.tol = 1e-12)$value
  var <- integrate(function(s) (s - mean)^2 * density(s), lower, upper, rel.tol = 1e-12)$value
  (e_st - mean * p) / sqrt(p * (1 - p) * var)
}
normal <- function(p) 1 / (1 - cor_ts(p, dnorm, -40, 40, qnorm)^2)
uniform <- function(p) 1 / (1 - cor_ts(p, dunif, 0, 1, qunif)^2)
out("rd", "n=400;p=.3;r21=.2", sqrt((1 - .2) / (.21 * 400)) * sqrt(normal(.3)), 397)
out("rd", "n=400;p=.3;score=uniform", sqrt(1 / (.21 * 400)) * sqrt(uniform(.3)), 397)
out("rd_cluster", "n=20;J=60;rho2=.1;p=.5", sqrt(.1 / (.25 * 60) + .9 / (.25 * 60 * 20)) * sqrt(normal(.5)), 57)
# Interrupted time series: transform by the Cholesky factor of the correlation matrix, then ordinary least squares of a known unit variance.
its <- function(before, after, rho, series = 1, comparison = 0) {
  t <- seq_len(before + after) - 1
  X <- cbind(1, t, t >= before, pmax(t - before, 0))
  W <- solve(t(chol(rho^abs(outer(t, t, "-")))))
  v <- chol2inv(qr.R(qr(W %*% X)))[3, 3]
  sqrt(v * (1 / series + if (comparison > 0) 1 / comparison else 0))
}
out("its", "before=8;after=8", its(8, 8, 0), 12)
out("its", "before=24;after=12;rho=.4", its(24, 12, .4), 32)
out("its", "before=10;after=6;rho=.2;series=3;comparison=9", its(10, 6, .2, 3, 9), 144)

# Methods that ask something else than a difference of means.
cra <- function(n, J, rho, p) sqrt((rho + (1 - rho) / n) / (p * (1 - p) * J))
# A cutoff with the nearer 40% of the students, among whom half have the change and the score is uniform.
out("rd", "n=1000;score=uniform;bandwidth=.4", sqrt(1 / (.25 * 400)) * sqrt(uniform(.5)), 397)
# Receipt: the effect of assignment over the difference of the shares who receive (delta method with a known first stage).
out("complier", "n=600;received=.55;p=.4", sqrt(1 / (.24 * 600)) / .55, 598)
out("complier", "n=20;J=40;rho2=.1;received=.7", cra(20, 40, .1, .5) / .7, 38)
# Weights: the variance of a weighted mean of the comparison by its weights, here alternately 1 and 3.
w <- rep(c(1, 3), 200); w <- w / sum(w)
out("weighted", sprintf("n=600;p=%.16f;effective=%.1f", 1 / 3, 1 / sum(w^2) / 400), sqrt(1 / 200 + sum(w^2)), 598)
# Shares: the variance of a difference of two means of noughts and ones, enumerated.
x <- c(rep(1, 3), rep(0, 7)); v2 <- mean(x^2) - mean(x)^2
out("logistic", "n=500;share=.3;p=.4", sqrt(v2 / 200 + v2 / 300), 498)
out("logistic", "n=25;J=36;rho2=.05;share=.3", sqrt(v2) * cra(25, 36, .05, .5), 34)
# Ordered answers: the information about a log odds ratio of nought in a proportional odds model of 100 and 100 expected answers,
# from the curvature of its log likelihood with the thresholds free.
q <- c(.1, .2, .4, .3); cuts <- qlogis(cumsum(q)[1:3])
expected <- function(theta, b) { F <- plogis(c(-Inf, theta, Inf) - b); diff(F) }
loglik <- function(par) 100 * sum(q * log(expected(par[1:3], 0))) + 100 * sum(q * log(expected(par[1:3], par[4])))
bend <- optimHess(c(cuts, 0), loglik, control = list(ndeps = rep(1e-4, 4)))
stopifnot(abs(sqrt(solve(-bend)[4, 4]) - sqrt(1 / (.25 * 200)) * sqrt(3 / (1 - sum(q^3)))) < 1e-4)
out("ordinal", sprintf("n=200;cubes=%.3f", sum(q^3)), sqrt(3 / (200 * .25 * (1 - sum(q^3)))), 198)
# A dose: the standard error of a slope by lm, of unit residual variance, on a dose of standard deviation 2.
d <- rep(c(-2, 2), 100)
out("dose", "n=200;spread=2.0", sqrt(solve(crossprod(cbind(1, d)))[2, 2]), 198)
out("dose", "n=20;J=12;rho2=.2;spread=2.0;r21=.25", sqrt(.8 * .75 / 240) / 2, 11)

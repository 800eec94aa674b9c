# Limits of control charts and marks of the four rules, computed from the printed formulas, independently of the package.
# Run in this folder: Rscript make.R. Writes points.csv, expected.csv, series.csv, marks.csv, places.csv, funnel.csv. R's version: in expected.csv.
#
# u': Laney (2002) doi:10.1081/QEN-120003555. g: Benneyan (2001) doi:10.1023/A:1011846412909, centre line Provost and Murray (2011) p. 228.
# t: Nelson (1994) doi:10.1080/00224065.1994.11979529. S: Montgomery (2013), 6.3.2. Funnel: Spiegelhalter (2005) doi:10.1002/sim.1970.
# Rules: NHS England, Making data count; two of three as NHSRplotthedots has it.
set.seed(20261005)
version <- paste(R.version$major, R.version$minor, sep = ".")

# -- limits ---------------------------------------------------------------------------------------
n <- 24
per <- round(runif(n, 40, 90), 1)
events <- rpois(n, per * exp(rnorm(n, log(1.4), 0.35)))
cases <- rgeom(n, 1 / 15)
time <- round(rexp(n, 1 / 9), 2) + 0.01
size <- sample(2:9, n, replace = TRUE)
spread <- round(sqrt(rchisq(n, size - 1) / (size - 1)) * 4, 4)
write.csv(data.frame(point = 1:n, events, per, cases, time, size, spread), "points.csv", row.names = FALSE)

u <- events / per
ubar <- sum(events) / sum(per)
su <- sqrt(ubar / per)
sigma.z <- mean(abs(diff((u - ubar) / su))) / 1.128
up <- data.frame(chart = "u_prime", point = 1:n, center = ubar, lower = pmax(0, ubar - 3 * su * sigma.z), upper = ubar + 3 * su * sigma.z)

gbar <- mean(cases)
g <- data.frame(chart = "g", point = 1:n, center = 0.693 * gbar, lower = max(0, gbar - 3 * sqrt(gbar * (gbar + 1))),
                upper = gbar + 3 * sqrt(gbar * (gbar + 1)))

x <- time^(1 / 3.6)
mr <- abs(diff(x))
mr <- mr[mr < 3.267 * mean(mr)]
t <- data.frame(chart = "t", point = 1:n, center = mean(x)^3.6, lower = max(0, mean(x) - 2.66 * mean(mr))^3.6,
                upper = (mean(x) + 2.66 * mean(mr))^3.6)

c4 <- sqrt(2 / (size - 1)) * gamma(size / 2) / gamma((size - 1) / 2)
sbar <- sqrt(sum((size - 1) * spread^2) / sum(size - 1))
s <- data.frame(chart = "s", point = 1:n, center = sbar, lower = pmax(0, 1 - 3 * sqrt(1 - c4^2) / c4) * sbar,
                upper = (1 + 3 * sqrt(1 - c4^2) / c4) * sbar)
write.csv(cbind(rbind(up, g, t, s), r_version = version), "expected.csv", row.names = FALSE)

# -- rules ----------------------------------------------------------------------------------------
marks.of <- function(y, cl, lcl, ucl) {
  n <- length(y)
  sigma <- (ucl - cl) / 3
  side <- sign(y - cl)
  outside <- ifelse(y > ucl, 1, ifelse(y < lcl, -1, 0))
  run <- trend <- two <- rep(0, n)
  if (n >= 7) for (i in 7:n) {
    w <- (i - 6):i
    if (abs(sum(side[w])) == 7) run[w] <- side[i]
    d <- sign(diff(y[w]))
    if (abs(sum(d)) == 6) trend[w] <- d[1]
  }
  outer <- abs(y - cl) > 2 * sigma & outside == 0
  if (n >= 3) for (i in 3:n) {
    w <- (i - 2):i
    if (abs(sum(side[w])) == 3 && sum(outer[w]) >= 2) two[w][outer[w]] <- side[i]
  }
  data.frame(outside, trend, two_of_three = two, run)
}
series <- list()
marks <- list()
for (k in 1:60) {
  y <- round(rnorm(25, 50, 6) + cumsum(rnorm(25, 0.15 * (k %% 5), 1.5 * (k %% 4))), 1)
  mr <- abs(diff(y))
  mr <- mr[mr < 3.267 * mean(mr)]
  half <- 2.66 * mean(mr)
  series[[k]] <- data.frame(series = k, point = 1:25, value = y)
  marks[[k]] <- cbind(series = k, point = 1:25, marks.of(y, mean(y), mean(y) - half, mean(y) + half))
}
write.csv(do.call(rbind, series), "series.csv", row.names = FALSE)
write.csv(do.call(rbind, marks), "marks.csv", row.names = FALSE)

# -- funnel ---------------------------------------------------------------------------------------
of <- sample(20:900, 30)
count <- rbinom(30, of, 0.18)
name <- sprintf("school %02d", 1:30)
write.csv(data.frame(place = name, count, of), "places.csv", row.names = FALSE)
theta <- sum(count) / sum(of)
between <- function(p, n) {
  r <- qbinom(p, n, theta)
  (r - (pbinom(r, n, theta) - p) / dbinom(r, n, theta)) / n
}
write.csv(data.frame(place = name, lower_95 = pmax(0, between(0.025, of)), upper_95 = between(0.975, of),
                     lower_998 = pmax(0, between(0.001, of)), upper_998 = between(0.999, of)), "funnel.csv", row.names = FALSE)

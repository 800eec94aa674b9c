# Minimum detectable effect sizes in base R, from Dong and Maynard (2013), Tables 1-6; independent of the package.
# Rscript make.R > expected.csv
m <- function(df, level, power) qt(1 - (1 - level) / 2, df) + qt(power, df)
cra2 <- function(j1, j0, n, rho, r2, g, b, level, power) {
  J <- j1 + j0; P <- j1 / J; blocks <- max(b, 1)
  m(J - blocks - 1 - g, level, power) * sqrt(rho * (1 - r2) / (P * (1 - P) * J) + (1 - rho) * (1 - r2) / (P * (1 - P) * J * n))
}
ira <- function(n1, n0, r2, g, b, level, power) {
  N <- n1 + n0; P <- n1 / N; blocks <- max(b, 1)
  m(N - blocks - 1 - g, level, power) * sqrt((1 - r2) / (P * (1 - P) * N))
}
cat("kind,first,second,size,icc,r2,covariates,blocks,level,power,mdes,r_version\n")
v <- paste(R.version$major, R.version$minor, sep = ".")
for (a in list(c(10,10,15,.17,0,0,0,.95,.8), c(20,20,20,.2,.5,1,0,.95,.8), c(6,10,22.5,.1,.3,2,4,.9,.9), c(18,18,21,.1,0,0,3,.95,.8)))
  cat(sprintf("cluster_randomised,%g,%g,%g,%g,%g,%g,%g,%g,%g,%.10f,%s\n", a[1],a[2],a[3],a[4],a[5],a[6],a[7],a[8],a[9], do.call(cra2, as.list(a)), v))
for (a in list(c(200,200,0,0,0,.95,.8), c(150,90,.4,2,6,.95,.8)))
  cat(sprintf("student_randomised,%g,%g,1,,%g,%g,%g,%g,%g,%.10f,%s\n", a[1],a[2],a[3],a[4],a[5],a[6],a[7], do.call(ira, as.list(a)), v))

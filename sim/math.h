// Logarithm, exponential and what follows from them, our own to the last bit. A library's logarithm
// differs between processors (with and without fused multiply-add) and versions; these use IEEE
// additions, multiplications, divisions and square roots alone, so every compiler and optimisation
// level gives the same bits. They are as accurate as a good library's, which the tests measure.
#pragma once

namespace tablekey::sim {

/// Natural logarithm, within 1 ulp. log(0) is minus infinity, of a negative number NaN.
double log(double x);

/// e to the x, within 1 ulp; infinity above 709.79 and 0 below -745.14.
double exp(double x);

/// log(1+x), within 3 ulp near 0 as well; x above -1.
double log_one_plus(double x);

/// exp(x)-1, within 4 ulp near 0 as well.
double exp_minus_one(double x);

/// base to the exponent, for a base of at least 0: exp(exponent * log(base)), so its relative error
/// grows with the size of that product (about 1e-16 times it).
double power(double base, double exponent);

/// Square root, correctly rounded (IEEE 754 asks for it). The hardware's.
double sqrt(double x);

/// The x at which the standard normal distribution reaches p, for p in (0, 1). Relative error about
/// 1e-15 (Wichura's algorithm AS 241, Applied Statistics 37, 1988).
double normal_quantile(double p);

/// The standard normal distribution function, relative error below 1e-13 also far in the lower
/// tail.
double normal_cdf(double x);

/// The logarithm of the gamma function for x > 0, absolute error below 1e-13 (relative for large
/// x).
double log_gamma(double x);

/// The regularised lower incomplete gamma function P(shape, x): the gamma distribution's own.
double gamma_cdf(double shape, double x);

}  // namespace tablekey::sim

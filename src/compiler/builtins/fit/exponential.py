# SPDX-License-Identifier: MIT
"""Polynomials of exponential_*.cl, hyperbolic_*.cl and native_f32.cl: python3 exponential.py [f32|f64]"""
import sys

from minimax import *


def odd(function):
    """(f(r) - r) / r^3 as a function of r^2, and the weight that makes its error relative to f."""
    return (lambda z: (function(mp.sqrt(z)) - mp.sqrt(z)) / mp.sqrt(z) ** 3,
            lambda z: mp.sqrt(z) ** 3 / function(mp.sqrt(z)))


def fits(precision, degree, sinh_terms, tanh_terms, suffix):
    bits = PRECISION[precision]
    half = mp.log(2) / 2 * mpf("1.01")
    one = {0: mpf(1)}
    report(f"exp {precision}, |r| <= 0.3501",
           fit(mp.exp, -half, half, range(degree + 1), fixed={0: mpf(1), 1: mpf(1)}, bits=bits), suffix)
    report(f"exp2 {precision}, |r| <= 1/2",
           fit(lambda x: mpf(2) ** x, mpf("-0.5"), mpf("0.5"), range(degree + 1), fixed=one, bits=bits), suffix)
    report(f"exp10 {precision}, |r| <= 0.1506",
           fit(lambda x: mpf(10) ** x, mpf("-0.1506"), mpf("0.1506"), range(degree + 1), fixed=one, bits=bits), suffix)
    f, w = odd(mp.sinh)
    report(f"sinh {precision}, |x| <= 1", fit(f, mpf("1e-7"), 1, range(sinh_terms), weight=w, bits=bits), suffix)
    f, w = odd(mp.tanh)
    report(f"tanh {precision}, |x| <= 0.625",
           fit(f, mpf("1e-7"), mpf("0.625") ** 2, range(tanh_terms), weight=w, bits=bits), suffix)


if __name__ == "__main__" and "f64" not in sys.argv[1:]:
    fits("f32", 6, 3, 5, "f")
    half = mp.log(2) / 2 * mpf("1.01")
    report("relaxed exp, |r| <= 0.3501", fit(mp.exp, -half, half, range(6), fixed={0: mpf(1), 1: mpf(1)}))
    report("relaxed exp2, |r| <= 1/2", fit(lambda x: mpf(2) ** x, mpf("-0.5"), mpf("0.5"), range(6), fixed={0: mpf(1)}))
if __name__ == "__main__" and "f32" not in sys.argv[1:]:
    fits("f64", 11, 7, 12, "")

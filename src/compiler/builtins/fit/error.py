# SPDX-License-Identifier: MIT
"""Polynomials of error_*.cl: python3 error.py [f32|f64]"""
import sys

from minimax import *


def fits(precision, terms, tail_end, scaled_end, centre, suffix):
    bits = PRECISION[precision]
    report(f"erf {precision}, |x| <= 1: erf(x)/x - 1",
           fit(lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1, mpf("1e-7"), 1, range(terms[0]),
               weight=lambda z: mp.sqrt(z) / mp.erf(mp.sqrt(z)), bits=bits), suffix)
    report(f"log2(erfc) {precision}, 1 to {tail_end}",
           fit(lambda x: mp.log(mp.erfc(x), 2), 1, tail_end, range(terms[1]),
               weight=lambda x: mp.erfc(x) * mp.log(2) / mp.erf(x), bits=bits), suffix)
    def scaled(u):
        x = centre * (1 + u) / (1 - u)
        return mp.exp(x * x) * mp.erfc(x)
    low, high = mpf("0.5"), mpf(scaled_end)
    report(f"e^(x^2) erfc(x) {precision}, 1/2 to {scaled_end}, u = (x-{centre})/(x+{centre})",
           fit(scaled, (low - centre) / (low + centre), (high - centre) / (high + centre), range(terms[2]), bits=bits), suffix)


if "f64" not in sys.argv[1:]:
    fits("f32", (6, 7, 10), 4, "10.1", 3, "f")
if "f32" not in sys.argv[1:]:
    fits("f64", (13, 15, 23), 6, "27.3", 3, "")

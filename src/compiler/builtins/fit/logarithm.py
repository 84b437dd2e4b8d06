# SPDX-License-Identifier: MIT
"""Polynomials of logarithm_*.cl, power_*.cl and native_f32.cl: python3 logarithm.py [f32|f64]"""
import sys

from minimax import *

low, high = mp.sqrt(mpf(1) / 2) - 1, mp.sqrt(2) - 1
greatest = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2 * mpf("1.001")


def power_tail(z):
    """(log2((1+s)/(1-s)) - 2 s/log(2)) / s^3, z = s^2."""
    s = mp.sqrt(z)
    return (2 * mp.atanh(s) - 2 * s) / mp.log(2) / s ** 3


if "f64" not in sys.argv[1:]:
    report("log f32: (log(1+f) - f + f^2/2) / f^3",
           fit(lambda f: (mp.log1p(f) - f + f * f / 2) / f ** 3, low, high, range(8), weight=lambda f: f ** 3 / mp.log1p(f)))
    report("power f32: s^3 Q(s^2), absolute error over s^2",
           fit(power_tail, mpf("1e-6"), greatest, range(4), weight=lambda z: z))
    report("relaxed log: log(1+f)/f", fit(lambda f: mp.log1p(f) / f, low, high, range(9), fixed={0: mpf(1)}))
    report("relaxed log2: log2(1+f)/f", fit(lambda f: mp.log1p(f) / f / mp.log(2), low, high, range(9)))
if "f32" not in sys.argv[1:]:
    def log_tail(z):
        """(2 atanh(s) - 2 s) / s^3: log(1+f) = 2 s + s R, s = f / (2+f), R = z times this."""
        s = mp.sqrt(z)
        return (2 * mp.atanh(s) - 2 * s) / s ** 3

    report("log f64: R/z", fit(log_tail, mpf("1e-7"), greatest, range(7), weight=lambda z: z / 2, bits=53), "")
    head, rest = split(power_tail(mpf("1e-40")), 53, 2)
    report("power f64: (Q(z) - Q(0)) / z, absolute error over s^4",
           fit(lambda z: (power_tail(z) - head - rest) / z, mpf("1e-6"), greatest, range(9), weight=lambda z: z * z, bits=53), "")
    print("  Q(0) =", hexadecimal(head), "+", hexadecimal(rest))

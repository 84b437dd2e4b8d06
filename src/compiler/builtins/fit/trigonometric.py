# SPDX-License-Identifier: MIT
"""Polynomials of trigonometric*.cl and inverse_trigonometric*.cl: python3 trigonometric.py [f32|f64]"""
import sys

from exponential import odd
from minimax import *

tiny = mpf("1e-7")


def fits(precision, terms, suffix):
    bits = PRECISION[precision]
    f, w = odd(mp.sin)
    wide, narrow = (mp.pi / 2 * mpf("1.0001")) ** 2, (mp.pi / 4 * mpf("1.0001")) ** 2
    report(f"sin {precision}, |r| <= pi/2", fit(f, tiny, wide, range(terms["sin"]), weight=w, bits=bits), suffix)
    report(f"sin {precision}, |r| <= pi/4", fit(f, tiny, narrow, range(terms["sin narrow"]), weight=w, bits=bits), suffix)
    report(f"cos {precision}, |r| <= pi/4: (cos(r) - 1 + r^2/2) / r^4",
           fit(lambda s: (mp.cos(mp.sqrt(s)) - 1 + s / 2) / s ** 2, mpf("1e-4"), narrow, range(terms["cos narrow"]),
               weight=lambda s: s ** 2 / mp.cos(mp.sqrt(s)), bits=bits), suffix)
    f, w = odd(mp.tan)
    report(f"tan {precision}, |r| <= pi/4", fit(f, tiny, narrow, range(terms["tan"]), weight=w, bits=bits), suffix)
    head, rest = split(mp.pi, bits, 2)
    report(f"sinpi {precision}, |z| <= 1/2: (sin(pi z)/z - pi) / z^2",
           fit(lambda s: (mp.sin(mp.pi * mp.sqrt(s)) / mp.sqrt(s) - head - rest) / s, tiny, mpf("0.25"), range(terms["sinpi"]),
               weight=lambda s: s * mp.sqrt(s) / mp.sin(mp.pi * mp.sqrt(s)), bits=bits), suffix)
    f, w = odd(mp.asin)
    report(f"asin {precision}, |x| <= 1/2", fit(f, tiny, mpf("0.25"), range(terms["asin"]), weight=w, bits=bits), suffix)
    f, w = odd(mp.atan)
    report(f"atan {precision}, |x| <= 1", fit(f, tiny, 1, range(terms["atan"]), weight=w, bits=bits), suffix)


if __name__ == "__main__":
    if "f64" not in sys.argv[1:]:
        fits("f32", {"sin": 4, "sin narrow": 3, "cos narrow": 3, "tan": 7, "sinpi": 4, "asin": 5, "atan": 9}, "f")
    if "f32" not in sys.argv[1:]:
        fits("f64", {"sin": 9, "sin narrow": 6, "cos narrow": 6, "tan": 14, "sinpi": 9, "asin": 12, "atan": 19}, "")
        mp.prec = 1500
        bits = int(mp.floor(mp.ldexp(2 / mp.pi, 64 * 19)))
        print("2/pi:", ", ".join(f"0x{(bits >> (64 * (18 - i))) & (2 ** 64 - 1):016x}UL" for i in range(19)))

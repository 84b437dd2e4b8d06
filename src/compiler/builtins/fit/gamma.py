# SPDX-License-Identifier: MIT
"""Polynomials of gamma_*.cl: python3 gamma.py [f32|f64]"""
import sys

from minimax import *


def stirling(w):
    x = 1 / w
    return mp.gamma(x) * mp.exp(x) * x ** (mpf("0.5") - x)


def log_stirling(w):
    x = 1 / w
    return mp.loggamma(x) - (x - mpf("0.5")) * (mp.log(x) - 1)


if "f64" not in sys.argv[1:]:
    report("gamma f32: gamma(x) e^x x^(1/2-x), x from 2 to 37, in 1/x", fit(stirling, mpf(1) / 37, mpf("0.5"), range(6)))
    report("lgamma f32: lgamma(x) - (x-1/2)(log(x)-1), x >= 3, in 1/x", fit(log_stirling, mpf("1e-7"), mpf(1) / 3, range(5)))
    report("lgamma f32: lgamma(2+t)/t, t from -1/2 to 1",
           fit(lambda t: mp.loggamma(2 + t) / t, mpf("-0.5"), 1, range(10)))
if "f32" not in sys.argv[1:]:
    report("gamma f64: gamma(x) e^x x^(1/2-x), x from 2 to 172, in 1/x",
           fit(stirling, mpf(1) / 172, mpf("0.5"), range(15), bits=53), "")
    report("lgamma f64: lgamma(x) - (x-1/2)(log(x)-1), x >= 8, in 1/x",
           fit(log_stirling, mpf("1e-9"), mpf(1) / 8, range(10), bits=53), "")
    report("lgamma f64: lgamma(2+t)/t, t from -1/2 to 1",
           fit(lambda t: mp.loggamma(2 + t) / t, mpf("-0.5"), 1, range(25), bits=53), "")

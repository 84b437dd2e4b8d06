# SPDX-License-Identifier: MIT
"""Minimax fits whose coefficients are representable in the target's floating-point format.

Needs mpmath (Debian: python3-mpmath). fit() runs the Remez exchange on a dense Chebyshev grid, rounds the lowest
coefficient to its format, fits the remaining ones again with that one fixed, and goes on: the rounding of each
coefficient is so absorbed by those after it.
"""
from mpmath import mp, mpf

mp.prec = 200
PRECISION = {"f32": 24, "f64": 53}


def round_to(value, bits):
    """`value` rounded to nearest with `bits` significant bits."""
    if bits is None or value == 0:
        return value
    mantissa, exponent = mp.frexp(value)
    return mp.ldexp(mp.nint(mp.ldexp(mantissa, bits)), exponent - bits)


def grid(low, high, points):
    low, high = mpf(low), mpf(high)
    middle, half = (low + high) / 2, (high - low) / 2
    return [middle - half * mp.cos(mp.pi * (mpf(i) + mpf(1) / 2) / points) for i in range(points)]


def exchange(basis, target, weight):
    """Coefficients that minimise max |weight * (sum c_j basis_j - target)| on the grid, and that maximum."""
    count, points = len(basis), len(target)
    if count == 0:
        return [], max(abs(w * t) for w, t in zip(weight, target))
    reference = [round((points - 1) * float((1 - mp.cos(mp.pi * i / count)) / 2)) for i in range(count + 1)]
    best = None
    for _ in range(40):
        matrix = mp.matrix(count + 1, count + 1)
        right = mp.matrix(count + 1, 1)
        for row, at in enumerate(reference):
            for column in range(count):
                matrix[row, column] = basis[column][at] * weight[at]
            matrix[row, count] = mpf(1) if row % 2 == 0 else mpf(-1)
            right[row] = target[at] * weight[at]
        solution = mp.lu_solve(matrix, right)
        coefficients = [solution[j] for j in range(count)]
        levelled = abs(solution[count])
        error = [w * (sum(c * b[i] for c, b in zip(coefficients, basis)) - target[i]) for i, w in enumerate(weight)]
        # One extremum for each run of equal sign.
        extrema, start = [], 0
        for i in range(1, points + 1):
            if i == points or (error[i] > 0) != (error[start] > 0):
                extrema.append(max(range(start, i), key=lambda k: abs(error[k])))
                start = i
        worst = max(abs(error[k]) for k in extrema)
        if best is None or worst < best[1]:
            best = (coefficients, worst)
        if worst <= levelled * mpf("1.0005") or len(extrema) < count + 1:
            break
        while len(extrema) > count + 1:
            if len(extrema) == count + 2:
                extrema.pop(0 if abs(error[extrema[0]]) < abs(error[extrema[-1]]) else -1)
            else:
                at = min(range(len(extrema) - 1), key=lambda k: max(abs(error[extrema[k]]), abs(error[extrema[k + 1]])))
                del extrema[at:at + 2]
        reference = extrema
    return best


def fit(function, low, high, degrees, weight=None, bits=24, fixed=None, points=None):
    """Fits sum c_d x^d, d in degrees, to function on [low, high].

    weight(x): factor on the error, default 1/function (relative). bits: precision of the coefficients, or a list of one
    each. fixed: {degree: value} not to be fitted. Returns ({degree: coefficient}, max weighted error).
    """
    xs = grid(low, high, points or 60 * (len(degrees) + 2))
    values = [function(x) for x in xs]
    weights = [weight(x) if weight else 1 / v for x, v in zip(xs, values)]
    chosen = dict(fixed or {})
    open_degrees = [d for d in degrees if d not in chosen]
    precision = dict(zip(degrees, bits)) if isinstance(bits, (list, tuple)) else {d: bits for d in degrees}
    powers = {d: [x ** d for x in xs] for d in set(degrees) | set(chosen)}
    while open_degrees:
        rest = [v - sum(c * powers[d][i] for d, c in chosen.items()) for i, v in enumerate(values)]
        # Without their common power of x the basis alternates (it meets Haar's condition), also across zero.
        low_power = [x ** open_degrees[0] for x in xs]
        scaled_weights = [abs(w * q) for w, q in zip(weights, low_power)]
        coefficients, _ = exchange([[v / q for v, q in zip(powers[d], low_power)] for d in open_degrees],
                                   [v / q for v, q in zip(rest, low_power)], scaled_weights)
        chosen[open_degrees[0]] = round_to(coefficients[0], precision[open_degrees[0]])
        open_degrees.pop(0)
    worst = max(abs(w * (sum(c * powers[d][i] for d, c in chosen.items()) - v))
                for i, (v, w) in enumerate(zip(values, weights)))
    return chosen, worst


def hexadecimal(value, suffix=""):
    """C hexadecimal literal of a value with at most 53 significant bits."""
    if value == 0:
        return "0.0" + suffix
    text = float(value).hex()
    assert mpf(float(value)) == value
    mantissa, exponent = text.split("p")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}p{exponent}{suffix}"


def split(value, bits, parts):
    """`value` as a sum of `parts` numbers of `bits` bits, largest first."""
    out = []
    for _ in range(parts):
        head = round_to(value, bits)
        out.append(head)
        value -= head
    return out


def report(name, result, suffix="f"):
    """Prints a fit: its error as a power of two, and the coefficients as literals."""
    coefficients, error = result
    print(f"{name}: error 2^{mp.nstr(mp.log(error, 2), 4)}")
    for degree, value in sorted(coefficients.items()):
        literal = " + ".join(hexadecimal(part, suffix) for part in ([value] if float(value) == value else split(value, 53, 2)))
        print(f"  x^{degree}: {literal}")

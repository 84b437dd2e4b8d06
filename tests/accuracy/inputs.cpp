// SPDX-License-Identifier: MIT
#include "inputs.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace accuracy {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double pi = 3.14159265358979323846;

double step(precision p, double x, int ulps) {
  if (p == precision::f32) {
    float y = static_cast<float>(x);
    for (int i = 0; i < std::abs(ulps); ++i)
      y = std::nextafter(y, ulps < 0 ? -INFINITY : INFINITY);
    return y;
  }
  for (int i = 0; i < std::abs(ulps); ++i)
    x = std::nextafter(x, ulps < 0 ? -infinity : infinity);
  return x;
}

double rounded(precision p, double x) {
  return p == precision::f32 ? static_cast<float>(x) : x;
}

std::vector<double> special_values(precision p) {
  const bool single = p == precision::f32;
  const double tiny = single ? 0x1p-149 : 0x1p-1074, least = single ? 0x1p-126 : 0x1p-1022;
  const double largest = single ? std::numeric_limits<float>::max() : std::numeric_limits<double>::max();
  std::vector<double> values;
  for (double v :
       {0.0,    tiny,       2 * tiny, least - tiny, least,  1e-20,  1e-5,   0.25,  0.5,     0.75,    1.0,        1.5,
        2.0,    2.5,        3.0,      4.0,          5.0,    7.0,    8.0,    100.0, 1000.5,  0x1p22,  0x1p23 - 1, 0x1p23,
        0x1p24, 0x1p24 - 1, 0x1p25,   0x1p31,       0x1p53, 0x1p63, 0x1p64, 1e30,  largest, infinity}) {
    values.push_back(rounded(p, v));
    values.push_back(-rounded(p, v));
  }
  values.push_back(step(p, 1.0, -1));
  values.push_back(step(p, 1.0, 1));
  values.push_back(-step(p, 1.0, -1));
  values.push_back(std::numeric_limits<double>::quiet_NaN());
  return values;
}

/// Ends of ranges and of reduction steps, and zeros of the functions.
std::vector<double> boundaries(precision p) {
  std::vector<double> at = {0.5,        0.25,       0.75,    1,           2,
                            3,          4,          0.34657, 0.41421356,  0.29289322,
                            0.70710678, 1.41421356, 0.43429, 2.718281828, 1.4616321449683623,
                            0.875,      1.25,       1.5,     2.5,         6,
                            8,          9,          0x1p-24, 0x1p-12,     0x1p17,
                            0x1p22,     0x1p23,     0x1p24,  0x1p60,      0x1p100};
  if (p == precision::f32) {
    for (double v : {88.7228390, 89.4159862, 87.3365447, 103.2789, 103.9720,  127.9999,   128.0,    126.0,    149.0,
                     150.0,      38.5318394, 37.9297794, 44.8534,  45.1545,   10.0541935, 9.194549, 17.32868, 35.040096,
                     33.0,       38.5,       42.3,       0x1p-126, 3.9192059, 9.01,       18.0})
      at.push_back(v);
  } else {
    for (double v : {709.782712893384,
                     710.4758600739439,
                     708.3964185322641,
                     744.4400719213812,
                     745.1332191019412,
                     1024.0,
                     1022.0,
                     1074.0,
                     1075.0,
                     308.25471555991674,
                     307.6526555685888,
                     323.3062153431158,
                     26.543258430632,
                     27.226017111108366,
                     37.4299477502370,
                     171.62437695630272,
                     170.0,
                     178.5,
                     184.0,
                     36.7,
                     0x1p-1022,
                     5.8635847487551676,
                     19.06,
                     22.0,
                     0x1p27,
                     0x1p30,
                     0x1p52,
                     0x1p53})
      at.push_back(v);
  }
  for (int k = 1; k <= 40; ++k)
    at.push_back(k * pi / 4);
  for (int k = 1; k <= 40; ++k)
    at.push_back(k * 0.5);
  for (int k = 6; k < 40; ++k)
    at.push_back(std::ldexp(pi, k));
  return at;
}

class sampler {
 public:
  sampler(precision p, std::uint64_t seed) : precision_(p), random_(seed) {}

  std::uint64_t bits() { return random_(); }
  double uniform(double low, double high) {
    return rounded(precision_, low + (high - low) * std::generate_canonical<double, 53>(random_));
  }
  int index(int count) { return static_cast<int>(random_() % static_cast<std::uint64_t>(count)); }
  /// Any finite number, exponents equally likely.
  double any() {
    for (;;) {
      const double v = precision_ == precision::f32 ? std::bit_cast<float>(static_cast<std::uint32_t>(random_()))
                                                    : std::bit_cast<double>(random_());
      if (std::isfinite(v)) return v;
    }
  }
  /// Magnitude 2^-range to 2^range.
  double scaled(double range) {
    const double v = std::exp2(uniform(-range, range));
    return rounded(precision_, index(2) != 0 ? v : -v);
  }
  double value() {
    switch (index(7)) {
    case 0: return any();
    case 1: return uniform(-1, 1);
    case 2: return uniform(-10, 10);
    case 3: return uniform(-180, 180);
    case 4: return scaled(12);
    // Beside a zero of sine or cosine, where reducing the argument loses most.
    case 5: return rounded(precision_, static_cast<double>(bits() >> index(64)) * (pi / 2));
    default: return uniform(-1000, 1000);
    }
  }

 private:
  precision precision_;
  std::mt19937_64 random_;
};

void add_pair(sampler& s, precision p, std::string_view name, inputs& in) {
  const double emax = p == precision::f32 ? 128 : 1024;
  if (name.ends_with("pow") || name.ends_with("powr")) {
    // Exponents that keep the result in or near the range.
    double x = s.index(3) == 0 ? std::fabs(s.any()) : s.index(2) != 0 ? std::fabs(s.scaled(3)) : s.uniform(0.9, 1.1);
    if (s.index(8) == 0) x = std::fabs(step(p, 1.0, s.index(200) - 100));
    double y = s.uniform(-1.2, 1.2) * emax / std::log2(x);
    if (s.index(4) == 0) y = s.uniform(-4, 4);
    if (name.ends_with("pow") && s.index(6) == 0) {
      y = std::trunc(y);
      x = -x;
    }
    if (!std::isfinite(y)) y = 1.5;
    in.a.push_back(x);
    in.b.push_back(rounded(p, y));
    return;
  }
  const double x = s.index(2) != 0 ? s.any() : s.scaled(20);
  double y = s.index(2) != 0 ? s.any() : s.scaled(20);
  if (s.index(3) == 0) y = rounded(p, x / (s.index(64) + 1) * 2);
  if (s.index(4) == 0) y = rounded(p, x * std::exp2(s.uniform(-30, 30)));
  in.a.push_back(x);
  in.b.push_back(std::isfinite(y) ? y : 1.0);
}

void add_with_int(sampler& s, precision p, std::string_view name, inputs& in) {
  const double emax = p == precision::f32 ? 128 : 1024;
  double x = s.index(2) != 0 ? s.any() : s.scaled(6);
  int n = s.index(41) - 20;
  if (s.index(3) == 0) n = static_cast<int>(static_cast<std::uint32_t>(s.bits()));
  if (name == "ldexp") n = s.index(4) == 0 ? n : s.index(static_cast<int>(4 * emax)) - static_cast<int>(2 * emax);
  if (name == "pown" && s.index(2) != 0) {
    x = s.index(2) != 0 ? s.uniform(0.9, 1.1) : s.scaled(4);
    if (s.index(4) == 0) x = step(p, 1.0, s.index(200) - 100);
    const double y = s.uniform(-1.1, 1.1) * emax / std::log2(std::fabs(x));
    n = std::fabs(y) < 2e9 ? static_cast<int>(y) : n;
  }
  in.a.push_back(x);
  in.n.push_back(n);
}

/// Where the limits of native_*, relaxed_* and half_* hold: arguments and results that are normal numbers, and angles
/// below 1000 (half_*: 2^16).
bool in_domain(std::string_view name, double a, double b) {
  const bool half = name.starts_with("half_");
  if (!half && !name.starts_with("native_") && !name.starts_with("relaxed_")) return true;
  name.remove_prefix(name.find('_') + 1);
  const double angle = half ? 65536 : 1000;
  if (name == "sin" || name == "cos" || name == "tan") return std::fabs(a) <= angle;
  if (half) return true;
  const auto normal = [](double v) { return std::fabs(v) >= 0x1p-126 && std::fabs(v) < 0x1p127; };
  if (name == "exp") return std::fabs(a) < 87;
  if (name == "exp2") return std::fabs(a) < 126;
  if (name == "exp10") return std::fabs(a) < 37.9;
  if (name == "divide") return normal(a) && normal(b) && normal(a / b);
  if (name == "pow") return normal(a) && std::isfinite(b) && normal(std::pow(std::fabs(a), b));
  if (name == "powr") return a > 0 && normal(a) && std::isfinite(b) && normal(std::pow(a, b));
  if (name == "recip") return normal(a) && normal(1 / a);
  return a > 0 && normal(a);
}

void keep_domain(std::string_view name, inputs& in) {
  inputs kept;
  for (std::size_t i = 0; i < in.a.size(); ++i) {
    const double b = in.b.empty() ? 0 : in.b[i];
    if (!in_domain(name, in.a[i], b)) continue;
    kept.a.push_back(in.a[i]);
    if (!in.b.empty()) kept.b.push_back(b);
  }
  in = std::move(kept);
}

} // namespace

inputs make_inputs(const function& f, precision p, std::size_t samples, std::uint64_t seed) {
  sampler s(p, seed);
  inputs in;
  const std::vector<double> special = special_values(p);
  if (f.form == shape::from_code) {
    for (std::uint64_t c : {0ull, 1ull, ~0ull, 0x400000ull, 1ull << 51})
      in.code.push_back(c);
    for (std::size_t i = 0; i < samples / 100; ++i)
      in.code.push_back(s.bits());
  } else if (f.form == shape::with_int) {
    for (double a : special)
      for (int n :
           {0, 1, -1, 2, -2, 3, -3, 5, 64, -65, 1000, -1001, 2147483647, -2147483647 - 1, 16777217, -2147483646}) {
        in.a.push_back(a);
        in.n.push_back(n);
      }
    for (std::size_t i = 0; i < samples; ++i)
      add_with_int(s, p, f.name, in);
  } else if (has_second_input(f.form)) {
    for (double a : special)
      for (double b : special) {
        in.a.push_back(a);
        in.b.push_back(b);
      }
    for (std::size_t i = 0; i < samples; ++i)
      add_pair(s, p, f.name, in);
  } else {
    in.a = special;
    for (double at : boundaries(p)) {
      double v = step(p, rounded(p, at), -12);
      for (int k = 0; k < 24; ++k, v = step(p, v, 1)) {
        in.a.push_back(v);
        in.a.push_back(-v);
      }
    }
    for (std::size_t i = 0; i < samples; ++i)
      in.a.push_back(s.value());
  }
  if (f.name.find('_') != std::string_view::npos && in.n.empty()) keep_domain(f.name, in);
  return in;
}

} // namespace accuracy

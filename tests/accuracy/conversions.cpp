// SPDX-License-Identifier: MIT
// The library's conversions with a rounding mode, against MPFR's. All are exact.
#include <fmt/format.h>
#include <mpfr.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

extern "C" {
#define DECLARE(to, name)                                                                                              \
  to __dc_convert_##name##_i64_rtz(long);                                                                              \
  to __dc_convert_##name##_i64_rtp(long);                                                                              \
  to __dc_convert_##name##_i64_rtn(long);                                                                              \
  to __dc_convert_##name##_u64_rtz(unsigned long);                                                                     \
  to __dc_convert_##name##_u64_rtp(unsigned long);                                                                     \
  to __dc_convert_##name##_u64_rtn(unsigned long);
DECLARE(float, f32)
DECLARE(double, f64)
#undef DECLARE
float __dc_convert_f32_i32_rtz(int);
float __dc_convert_f32_i32_rtp(int);
float __dc_convert_f32_i32_rtn(int);
float __dc_convert_f32_u32_rtz(unsigned);
float __dc_convert_f32_u32_rtp(unsigned);
float __dc_convert_f32_u32_rtn(unsigned);
float __dc_convert_f32_f64_rtz(double);
float __dc_convert_f32_f64_rtp(double);
float __dc_convert_f32_f64_rtn(double);
unsigned short __dc_half_from_f32_rte(float);
unsigned short __dc_half_from_f32_rtz(float);
unsigned short __dc_half_from_f32_rtp(float);
unsigned short __dc_half_from_f32_rtn(float);
unsigned short __dc_half_from_f64_rte(double);
unsigned short __dc_half_from_f64_rtz(double);
unsigned short __dc_half_from_f64_rtp(double);
unsigned short __dc_half_from_f64_rtn(double);
float __dc_f32_from_half(unsigned short);
}

namespace {

std::mt19937_64 random_bits(7);
std::uint64_t failures = 0, tested = 0;

template <class From>
std::vector<From> arguments() {
  std::vector<From> values;
  if constexpr (std::is_integral_v<From>) {
    for (int shift = 0; shift < std::numeric_limits<From>::digits; ++shift)
      for (int d = -3; d <= 3; ++d) {
        values.push_back(static_cast<From>((std::uint64_t{1} << shift) + static_cast<std::uint64_t>(d)));
        values.push_back(static_cast<From>(0 - ((std::uint64_t{1} << shift) + static_cast<std::uint64_t>(d))));
        values.push_back(static_cast<From>((std::uint64_t{3} << shift) + static_cast<std::uint64_t>(d)));
      }
    values.push_back(std::numeric_limits<From>::max());
    values.push_back(std::numeric_limits<From>::min());
    for (int i = 0; i < 20000; ++i)
      values.push_back(static_cast<From>(random_bits() >> (random_bits() % 64)));
  } else {
    // Every half and the places between them, a step of the source's format to either side.
    for (unsigned h = 0; h < 0x7c00; ++h) {
      const double v =
          h < 0x400 ? std::ldexp(h, -24) : std::ldexp((h & 0x3ffu) + 0x400, static_cast<int>(h >> 10) - 25);
      const double unit = std::ldexp(1.0, h < 0x400 ? -24 : static_cast<int>(h >> 10) - 25);
      for (double w : {v, v + unit / 2, v + unit / 4}) {
        const From x = static_cast<From>(w);
        for (From y : {x, std::nextafter(x, From(0)), std::nextafter(x, From(1e9))}) {
          values.push_back(y);
          values.push_back(-y);
        }
      }
    }
    for (double v : {65519.99, 65520.0, 65535.0, 65536.0, 1e10, 1e38, 3.4028235677973366e38, 1e39, 1e300, 1e-40, 1e-45,
                     7e-46, 1e-300}) {
      values.push_back(static_cast<From>(v));
      values.push_back(static_cast<From>(-v));
    }
    values.push_back(std::numeric_limits<From>::infinity());
    values.push_back(-std::numeric_limits<From>::infinity());
    values.push_back(std::numeric_limits<From>::quiet_NaN());
    for (int i = 0; i < 50000; ++i)
      values.push_back(static_cast<From>(std::bit_cast<float>(static_cast<std::uint32_t>(random_bits()))));
    if constexpr (std::is_same_v<From, double>)
      for (int i = 0; i < 50000; ++i)
        values.push_back(std::ldexp(1.0 + std::generate_canonical<double, 53>(random_bits),
                                    static_cast<int>(random_bits() % 300) - 160));
  }
  return values;
}

template <class From>
void load(mpfr_ptr to, From x) {
  if constexpr (std::is_floating_point_v<From>)
    mpfr_set_d(to, static_cast<double>(x), MPFR_RNDN);
  else if constexpr (std::is_signed_v<From>)
    mpfr_set_si(to, static_cast<long>(x), MPFR_RNDN);
  else
    mpfr_set_ui(to, static_cast<unsigned long>(x), MPFR_RNDN);
}

template <class T>
bool same(T a, T b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

template <class To, class From>
void check(const char* name, To (*convert)(From), mpfr_rnd_t mode) {
  mpfr_t exact;
  mpfr_init2(exact, 64);
  std::uint64_t wrong = 0;
  for (From x : arguments<From>()) {
    load(exact, x);
    To expected{};
    if constexpr (std::is_same_v<To, float>)
      expected = mpfr_get_flt(exact, mode);
    else
      expected = mpfr_get_d(exact, mode);
    const To got = convert(x);
    ++tested;
    if (same(expected, got)) continue;
    if (wrong++ == 0) fmt::print("{}({}): expected {:a}, got {:a}\n", name, x, expected, got);
  }
  failures += wrong;
  mpfr_clear(exact);
}

/// `x` rounded to half's grid, as a double; infinite or the largest half beyond the range.
double round_to_half(double x, mpfr_rnd_t mode) {
  if (x == 0 || !std::isfinite(x)) return x;
  const double unit = std::ldexp(1.0, std::max(std::ilogb(x) - 10, -24));
  mpfr_t scaled;
  mpfr_init2(scaled, 64);
  mpfr_set_d(scaled, x / unit, MPFR_RNDN);
  mpfr_rint(scaled, scaled, mode);
  const double y = mpfr_get_d(scaled, MPFR_RNDN) * unit;
  mpfr_clear(scaled);
  if (std::fabs(y) <= 65504) return y;
  const bool to_infinity = mode == MPFR_RNDN || (mode == MPFR_RNDU && x > 0) || (mode == MPFR_RNDD && x < 0);
  return std::copysign(to_infinity ? std::numeric_limits<double>::infinity() : 65504.0, x);
}

double half_value(unsigned h) {
  const unsigned exponent = (h >> 10) & 0x1f, mantissa = h & 0x3ff;
  double v = exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(mantissa + 1024, static_cast<int>(exponent) - 25);
  if (exponent == 31) v = mantissa == 0 ? std::numeric_limits<double>::infinity() : std::nan("");
  return (h & 0x8000) != 0 ? -v : v;
}

template <class From>
void check_half(const char* name, unsigned short (*convert)(From), mpfr_rnd_t mode) {
  std::uint64_t wrong = 0;
  for (From x : arguments<From>()) {
    const double expected = round_to_half(static_cast<double>(x), mode), got = half_value(convert(x));
    ++tested;
    if (same(expected, got)) continue;
    if (wrong++ == 0) fmt::print("{}({:a}): expected {:a}, got {:a}\n", name, x, expected, got);
  }
  failures += wrong;
}

} // namespace

int main() {
#define CHECK(name, mode) check(#name, name, mode)
#define CHECK_THREE(name)                                                                                              \
  CHECK(__dc_convert_##name##_rtz, MPFR_RNDZ);                                                                         \
  CHECK(__dc_convert_##name##_rtp, MPFR_RNDU);                                                                         \
  CHECK(__dc_convert_##name##_rtn, MPFR_RNDD)
  CHECK_THREE(f32_i32);
  CHECK_THREE(f32_u32);
  CHECK_THREE(f32_i64);
  CHECK_THREE(f32_u64);
  CHECK_THREE(f32_f64);
  CHECK_THREE(f64_i64);
  CHECK_THREE(f64_u64);
#define CHECK_HALF(from, suffix, mode) check_half(#from "_" #suffix, __dc_half_from_##from##_##suffix, mode)
#define CHECK_FOUR(from)                                                                                               \
  CHECK_HALF(from, rte, MPFR_RNDN);                                                                                    \
  CHECK_HALF(from, rtz, MPFR_RNDZ);                                                                                    \
  CHECK_HALF(from, rtp, MPFR_RNDU);                                                                                    \
  CHECK_HALF(from, rtn, MPFR_RNDD)
  CHECK_FOUR(f32);
  CHECK_FOUR(f64);
  for (unsigned h = 0; h < 0x10000; ++h) {
    ++tested;
    if (same(half_value(h), static_cast<double>(__dc_f32_from_half(static_cast<unsigned short>(h))))) continue;
    if (failures++ == 0) fmt::print("__dc_f32_from_half({:#x}) is wrong\n", h);
  }
  fmt::print("{} conversions, {} wrong\n", tested, failures);
  return failures == 0 && tested != 0 ? 0 : 1;
}

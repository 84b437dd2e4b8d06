// SPDX-License-Identifier: MIT
// The library's conversions with a rounding mode, against MPFR's. All are exact.
#include <dotcompute/dotcompute.hpp>

#include <fmt/format.h>
#include <mpfr.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <string_view>
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

/// A conversion of many values at once.
template <class To, class From>
using conversion = std::function<void(std::span<const From>, std::span<To>)>;

template <class To, class From>
conversion<To, From> native(To (*convert)(From)) {
  return [convert](std::span<const From> from, std::span<To> to) {
    std::transform(from.begin(), from.end(), to.begin(), convert);
  };
}

/// A kernel whose work-item i does `statement` with `in[i]` and `out`.
template <class To, class From>
conversion<To, From> in_kernel(const dotcompute::device& device, const std::string& from_type,
                               const std::string& to_type, const std::string& statement) {
  const std::string source = "kernel void convert(global const " + from_type + "* in, global " + to_type +
                             "* out) {\n  size_t i = get_global_id(0);\n  " + statement + ";\n}\n";
  const dotcompute::kernel run = dotcompute::program::compile(device, source).kernel("convert");
  return [device, run](std::span<const From> from, std::span<To> to) {
    const dotcompute::buffer<std::byte> in(device, std::as_bytes(from));
    const dotcompute::buffer<std::byte> out(device, to.size_bytes());
    dotcompute::queue queue(device);
    queue.launch(run, from.size(), in, out);
    queue.finish(std::chrono::seconds(60));
    const std::vector<std::byte> bytes = out.to_vector();
    std::copy(bytes.begin(), bytes.end(), std::as_writable_bytes(to).begin());
  };
}

template <class To, class From>
void check(const std::string& name, const conversion<To, From>& convert, mpfr_rnd_t mode) {
  mpfr_t exact;
  mpfr_init2(exact, 64);
  std::uint64_t wrong = 0;
  const std::vector<From> from = arguments<From>();
  std::vector<To> to(from.size());
  convert(from, to);
  for (std::size_t i = 0; i < from.size(); ++i) {
    load(exact, from[i]);
    To expected{};
    if constexpr (std::is_same_v<To, float>)
      expected = mpfr_get_flt(exact, mode);
    else
      expected = mpfr_get_d(exact, mode);
    ++tested;
    if (same(expected, to[i])) continue;
    if (wrong++ == 0) fmt::print("{} of {}: expected {:a}, got {:a}\n", name, from[i], expected, to[i]);
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
void check_half(const std::string& name, const conversion<unsigned short, From>& convert, mpfr_rnd_t mode) {
  std::uint64_t wrong = 0;
  const std::vector<From> from = arguments<From>();
  std::vector<unsigned short> to(from.size());
  convert(from, to);
  for (std::size_t i = 0; i < from.size(); ++i) {
    const double expected = round_to_half(static_cast<double>(from[i]), mode), got = half_value(to[i]);
    ++tested;
    if (same(expected, got)) continue;
    if (wrong++ == 0) fmt::print("{} of {:a}: expected {:a}, got {:a}\n", name, from[i], expected, got);
  }
  failures += wrong;
}

void check_from_half(const std::string& name, const conversion<float, unsigned short>& convert) {
  std::vector<unsigned short> from(0x10000);
  std::iota(from.begin(), from.end(), static_cast<unsigned short>(0));
  std::vector<float> to(from.size());
  convert(from, to);
  for (std::size_t i = 0; i < from.size(); ++i) {
    ++tested;
    if (same(half_value(from[i]), static_cast<double>(to[i]))) continue;
    if (failures++ == 0) fmt::print("{} of {:#x} is wrong\n", name, from[i]);
  }
}

struct rounding {
  const char* suffix;
  mpfr_rnd_t mode;
};

constexpr rounding to_nearest{"_rte", MPFR_RNDN}, to_zero{"_rtz", MPFR_RNDZ}, upwards{"_rtp", MPFR_RNDU},
    downwards{"_rtn", MPFR_RNDD};

void check_library() {
#define CHECK(to, from, name, mode) check<to, from>(#name, native(name), mode)
#define CHECK_THREE(to, from, name)                                                                                    \
  CHECK(to, from, __dc_convert_##name##_rtz, MPFR_RNDZ);                                                               \
  CHECK(to, from, __dc_convert_##name##_rtp, MPFR_RNDU);                                                               \
  CHECK(to, from, __dc_convert_##name##_rtn, MPFR_RNDD)
  CHECK_THREE(float, int, f32_i32);
  CHECK_THREE(float, unsigned, f32_u32);
  CHECK_THREE(float, long, f32_i64);
  CHECK_THREE(float, unsigned long, f32_u64);
  CHECK_THREE(float, double, f32_f64);
  CHECK_THREE(double, long, f64_i64);
  CHECK_THREE(double, unsigned long, f64_u64);
#define CHECK_HALF(type, name, mode) check_half<type>(#name, native(name), mode)
#define CHECK_FOUR(type, name)                                                                                         \
  CHECK_HALF(type, __dc_half_from_##name##_rte, MPFR_RNDN);                                                            \
  CHECK_HALF(type, __dc_half_from_##name##_rtz, MPFR_RNDZ);                                                            \
  CHECK_HALF(type, __dc_half_from_##name##_rtp, MPFR_RNDU);                                                            \
  CHECK_HALF(type, __dc_half_from_##name##_rtn, MPFR_RNDD)
  CHECK_FOUR(float, f32);
  CHECK_FOUR(double, f64);
  check_from_half("__dc_f32_from_half", native(__dc_f32_from_half));
}

template <class To, class From>
void check_kernel(const dotcompute::device& device, const std::string& from_type, const std::string& to_type) {
  for (const rounding& r : {to_nearest, to_zero, upwards, downwards}) {
    const std::string name = "convert_" + to_type + r.suffix;
    check(name + "(" + from_type + ")", in_kernel<To, From>(device, from_type, to_type, "out[i] = " + name + "(in[i])"),
          r.mode);
  }
}

void check_kernels() {
  const dotcompute::device device = dotcompute::device::open("cpu");
  check_kernel<float, int>(device, "int", "float");
  check_kernel<float, unsigned>(device, "uint", "float");
  check_kernel<float, long>(device, "long", "float");
  check_kernel<float, unsigned long>(device, "ulong", "float");
  check_kernel<float, double>(device, "double", "float");
  check_kernel<double, long>(device, "long", "double");
  check_kernel<double, unsigned long>(device, "ulong", "double");
  for (const rounding& r : {to_nearest, to_zero, upwards, downwards}) {
    const std::string name = std::string("vstore_half") + r.suffix, statement = name + "(in[i], i, out)";
    check_half(name, in_kernel<unsigned short, float>(device, "float", "half", statement), r.mode);
    check_half(name, in_kernel<unsigned short, double>(device, "double", "half", statement), r.mode);
  }
  check_from_half("vload_half",
                  in_kernel<float, unsigned short>(device, "half", "float", "out[i] = vload_half(i, in)"));
}

} // namespace

/// Without an argument the conversions as kernels call them; with "native" the library compiled for this machine.
int main(int argc, char** argv) {
  try {
    if (argc > 1 && std::string_view(argv[1]) == "native")
      check_library();
    else
      check_kernels();
  } catch (const std::exception& e) {
    fmt::print(stderr, "accuracy_conversions: {}\n", e.what());
    return 2;
  }
  fmt::print("{} conversions, {} wrong\n", tested, failures);
  return failures == 0 && tested != 0 ? 0 : 1;
}

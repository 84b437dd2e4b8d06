// SPDX-License-Identifier: MIT
#include "measure.hpp"

#include "arrays.hpp"
#include "ulp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <mutex>
#include <thread>

namespace accuracy {

namespace {

constexpr std::size_t block = 4096;

std::string number(double v) {
  return fmt::format("{} ({})", v, fmt::format("{:a}", v));
}

std::string arguments(const function& f, const inputs& in, std::size_t i) {
  if (f.form == shape::from_code) return fmt::format("{:#x}", in.code[i]);
  std::string text = number(in.a[i]);
  if (f.form == shape::with_int)
    text += fmt::format(", {}", in.n[i]);
  else if (has_second_input(f.form))
    text += ", " + number(in.b[i]);
  return text;
}

void keep_worse(measurement& into, const measurement& other) {
  into.tested += other.tested;
  into.beyond += other.beyond;
  if (other.worst > into.worst || into.worst_case.empty()) {
    into.worst = other.worst;
    into.worst_case = other.worst_case;
  }
}

template <class T, class U>
void measure_range(evaluator& e, const function& f, precision p, const inputs& in, std::size_t begin, std::size_t end,
                   measurement& out) {
  arrays c(f, p, in, begin, end);
  e.evaluate(f, p, c.data());

  const double wrong = std::numeric_limits<double>::infinity();
  const bool floor_one = f.name.starts_with("lgamma");
  exact_result exact(p == precision::f32 ? 64 : 100);
  for (std::size_t i = 0; i < c.count(); ++i) {
    const bool is_int = f.form == shape::to_int, other_is_int = second_output_is_int(f.form);
    const T got = is_int ? T{} : c.result<T>(i);
    const T other = other_is_int ? T{} : c.other<T>(i);
    const int got_int = is_int ? c.result<int>(i) : other_is_int ? c.other<int>(i) : 0;
    double error = 0;
    std::string expected;
    if (f.form == shape::from_code) {
      // A quiet NaN that carries the code's lower bits.
      const U bits = std::bit_cast<U>(got);
      const U payload = (U{1} << (p == precision::f32 ? 22 : 51)) - 1;
      error = std::isnan(got) && (bits & payload) == (c.first<U>(i) & payload) ? 0 : wrong;
      expected = "a quiet NaN with the code";
    } else {
      const bool with_int = second_input_is_int(f.form);
      const double b = with_int ? 0 : static_cast<double>(c.second<T>(i));
      const long n = with_int ? c.second<int>(i) : 0;
      reference(f, p, static_cast<double>(c.first<T>(i)), b, n, exact);
      if (f.form == shape::to_int) {
        error = got_int == exact.integer ? 0 : wrong;
        expected = fmt::format("{}, got {}", exact.integer, got_int);
      } else {
        error = error_in_ulp(p, static_cast<double>(got), exact.value.get(), exact.zero_sign_counts, floor_one);
        if (f.form == shape::unary_and_value)
          error = std::max(
              error, error_in_ulp(p, static_cast<double>(other), exact.other.get(), exact.zero_sign_counts, false));
        if (second_output_is_int(f.form) && exact.integer_counts && got_int != exact.integer) error = wrong;
      }
    }
    ++out.tested;
    if (error > out.limit) ++out.beyond;
    if (error > out.worst || out.worst_case.empty()) {
      out.worst = error;
      if (expected.empty()) {
        expected = number(mpfr_get_d(exact.value.get(), MPFR_RNDN)) + ", got " + number(static_cast<double>(got));
        if (f.form == shape::unary_and_value)
          expected += fmt::format("; other {}, got {}", number(mpfr_get_d(exact.other.get(), MPFR_RNDN)),
                                  number(static_cast<double>(other)));
        if (second_output_is_int(f.form)) expected += fmt::format("; int {}, got {}", exact.integer, got_int);
      }
      out.worst_case = fmt::format("{}({}): expected {}", f.name, arguments(f, in, begin + i), expected);
    }
  }
}

using double_function = double (*)(double);

constexpr double pi = 3.14159265358979323846;

/// sin(pi*x), whose reduction to [0, 1/2] is exact; zeros have the sign of x.
double sin_pi(double x) {
  const double y = x - 2 * std::rint(x / 2), a = std::fabs(y), z = a > 0.5 ? 1 - a : a;
  return std::copysign(std::sin(pi * z), z == 0 ? x : y);
}

double cos_pi(double x) {
  const double a = std::fabs(x - 2 * std::rint(x / 2));
  return std::sin(pi * (0.5 - a));
}

double_function quick_reference(std::string_view name) {
  for (std::string_view prefix : {"native_", "half_", "relaxed_"})
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  struct row {
    std::string_view name;
    double_function call;
  };
  static constexpr row rows[] = {
      {"acos", [](double x) { return std::acos(x); }},
      {"acosh", [](double x) { return std::acosh(x); }},
      {"asin", [](double x) { return std::asin(x); }},
      {"asinh", [](double x) { return std::asinh(x); }},
      {"atan", [](double x) { return std::atan(x); }},
      {"atanh", [](double x) { return std::atanh(x); }},
      {"cbrt", [](double x) { return std::cbrt(x); }},
      {"cos", [](double x) { return std::cos(x); }},
      {"cosh", [](double x) { return std::cosh(x); }},
      {"erf", [](double x) { return std::erf(x); }},
      {"erfc", [](double x) { return std::erfc(x); }},
      {"exp", [](double x) { return std::exp(x); }},
      {"exp10", [](double x) { return ::exp10(x); }},
      {"exp2", [](double x) { return std::exp2(x); }},
      {"expm1", [](double x) { return std::expm1(x); }},
      {"log", [](double x) { return std::log(x); }},
      {"log10", [](double x) { return std::log10(x); }},
      {"log1p", [](double x) { return std::log1p(x); }},
      {"log2", [](double x) { return std::log2(x); }},
      {"rsqrt", [](double x) { return 1 / std::sqrt(x); }},
      {"sin", [](double x) { return std::sin(x); }},
      {"sinh", [](double x) { return std::sinh(x); }},
      {"tan", [](double x) { return std::tan(x); }},
      {"tanh", [](double x) { return std::tanh(x); }},
      {"tgamma", [](double x) { return std::tgamma(x); }},
      {"acospi", [](double x) { return std::acos(x) / pi; }},
      {"asinpi", [](double x) { return std::asin(x) / pi; }},
      {"atanpi", [](double x) { return std::atan(x) / pi; }},
      {"cospi", cos_pi},
      {"sinpi", sin_pi},
      {"round", [](double x) { return std::round(x); }},
      {"logb", [](double x) { return std::logb(x); }},
  };
  for (const row& r : rows)
    if (r.name == name) return r.call;
  return nullptr;
}

/// As error_in_ulp, in double arithmetic.
double quick_error(float got, double exact) {
  constexpr double wrong = std::numeric_limits<double>::infinity();
  if (std::isnan(exact)) return std::isnan(got) ? 0 : wrong;
  if (std::isnan(got)) return wrong;
  if (std::isinf(exact)) return std::isinf(got) && (got > 0) == (exact > 0) ? 0 : wrong;
  if (exact == 0 && got == 0) return std::signbit(got) == std::signbit(exact) ? 0 : wrong;
  if (std::isinf(got) && (got > 0) == (exact > 0) && std::fabs(exact) >= 0x1p128) return 0;
  const int field = static_cast<int>((std::bit_cast<std::uint64_t>(exact) >> 52) & 0x7ff) - 1022;
  const int unit = std::clamp(field, -125, 128) - 24;
  const double value = std::isinf(got) ? std::copysign(0x1p128, got) : static_cast<double>(got);
  return std::fabs(value - exact) * std::bit_cast<double>(static_cast<std::uint64_t>(1023 - unit) << 52);
}

} // namespace

measurement measure(evaluator& e, const function& f, precision p, const inputs& in, unsigned threads) {
  measurement total;
  total.function = f.name;
  total.in = p;
  total.limit = f.limit(p);
  if (!e.has(f, p)) {
    total.missing = true;
    return total;
  }
  const std::size_t count = f.form == shape::from_code ? in.code.size() : in.a.size();
  std::mutex mutex;
  std::size_t next = 0;
  std::exception_ptr failure;
  auto work = [&] {
    measurement mine;
    mine.limit = total.limit;
    try {
      for (;;) {
        std::size_t begin = 0;
        {
          const std::lock_guard lock(mutex);
          begin = next;
          next += block;
        }
        if (begin >= count) break;
        const std::size_t end = std::min(count, begin + block);
        if (p == precision::f32)
          measure_range<float, std::uint32_t>(e, f, p, in, begin, end, mine);
        else
          measure_range<double, std::uint64_t>(e, f, p, in, begin, end, mine);
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
    }
    const std::lock_guard lock(mutex);
    keep_worse(total, mine);
    mpfr_free_cache();
  };
  std::vector<std::jthread> pool;
  for (unsigned i = 1; i < threads; ++i)
    pool.emplace_back(work);
  work();
  pool.clear();
  if (failure) std::rethrow_exception(failure);
  return total;
}

std::uint64_t disagreements(evaluator& one, evaluator& two, const function& f, precision p, const inputs& in,
                            std::string& example) {
  std::uint64_t found = 0;
  const std::size_t count = f.form == shape::from_code ? in.code.size() : in.a.size();
  arrays a(f, p, in, 0, count), b(f, p, in, 0, count);
  one.evaluate(f, p, a.data());
  two.evaluate(f, p, b.data());
  // Equal bits, or two NaNs.
  const auto equal = [](auto x, auto y) { return std::memcmp(&x, &y, sizeof(x)) == 0 || (x != x && y != y); };
  const std::size_t other = other_size(f, p);
  const auto same = [&](std::size_t i) {
    bool results = false;
    if (f.form == shape::to_int)
      results = a.result<int>(i) == b.result<int>(i);
    else if (p == precision::f32)
      results = equal(a.result<float>(i), b.result<float>(i));
    else
      results = equal(a.result<double>(i), b.result<double>(i));
    if (!results || other == 0) return results;
    if (second_output_is_int(f.form)) return a.other<int>(i) == b.other<int>(i);
    return other == 4 ? equal(a.other<float>(i), b.other<float>(i)) : equal(a.other<double>(i), b.other<double>(i));
  };
  for (std::size_t i = 0; i < count; ++i) {
    if (same(i)) continue;
    if (found++ == 0) example = fmt::format("{}({})", f.name, arguments(f, in, i));
  }
  return found;
}

bool measure_all_floats(evaluator& e, const function& f, std::uint64_t stride, unsigned threads, measurement& out) {
  const double_function exact = f.form == shape::unary ? quick_reference(f.name) : nullptr;
  if (!exact || !e.has(f, precision::f32)) return false;
  struct candidate {
    double error = -1;
    float at = 0;
  };
  std::mutex mutex;
  candidate worst;
  std::uint64_t next = 0, beyond = 0, tested = 0;
  const double limit = f.limit(precision::f32);
  constexpr std::uint64_t chunk = 1u << 16;
  auto work = [&] {
    std::vector<float> x(chunk), y(chunk);
    candidate mine;
    std::uint64_t my_beyond = 0, my_tested = 0;
    for (;;) {
      std::uint64_t begin = 0;
      {
        const std::lock_guard lock(mutex);
        begin = next;
        next += chunk * stride;
      }
      if (begin >= (std::uint64_t{1} << 32)) break;
      std::size_t count = 0;
      for (std::uint64_t bits = begin; count < chunk && bits < (std::uint64_t{1} << 32); bits += stride)
        x[count++] = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
      e.evaluate(f, precision::f32, {x.data(), nullptr, y.data(), nullptr, count});
      for (std::size_t i = 0; i < count; ++i) {
        const double error = quick_error(y[i], exact(static_cast<double>(x[i])));
        if (error > mine.error) mine = {error, x[i]};
        if (error > limit) ++my_beyond;
      }
      my_tested += count;
    }
    const std::lock_guard lock(mutex);
    if (mine.error > worst.error) worst = mine;
    beyond += my_beyond;
    tested += my_tested;
  };
  std::vector<std::jthread> pool;
  for (unsigned i = 1; i < threads; ++i)
    pool.emplace_back(work);
  work();
  pool.clear();
  inputs one;
  one.a.push_back(static_cast<double>(worst.at));
  out = measure(e, f, precision::f32, one, 1);
  out.tested = tested;
  out.beyond = std::max(out.beyond, beyond);
  out.worst = std::max(out.worst, worst.error);
  return true;
}

} // namespace accuracy

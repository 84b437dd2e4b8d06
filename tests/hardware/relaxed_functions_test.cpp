// SPDX-License-Identifier: MIT
// The GPU's own functions, which relaxed programs use, for every float: each is off by no more than OpenCL's table for
// unsafe math optimizations allows (OpenCL C 3.0, "Relative Error as ULPs"). Against the library's functions of double,
// which are off by less than a millionth of that.
#include "gpu_fixture.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

namespace dotcompute::hardware {
namespace {

constexpr std::uint32_t items = 65536; // each looks at as many floats

struct bound {
  const char *call, *exact; ///< of float x, and of double X
  const char* range;        ///< of x; subnormal numbers may be flushed
  const char* error;        ///< of the difference d, the ulp of the exact value u, and X
  double allowed;
};

// 3 + floor(|2x|) ulp is what lies beyond floor(|2x|), at most 3.
constexpr bound table[] = {
    {"exp(x)", "exp(X)", "x >= -87.3f && x <= 88.7f", "d / u - floor(fabs(2 * X))", 3},
    {"exp2(x)", "exp2(X)", "x >= -125.9f && x <= 127.9f", "d / u - floor(fabs(2 * X))", 3},
    {"exp10(x)", "exp10(X)", "x >= -37.9f && x <= 38.5f", "d / u", 8192},
    {"log(x)", "log(X)", "x >= 0.5f && x <= 2", "d", 0x1p-21},
    {"log(x)", "log(X)", "x > 0 && (x < 0.5f || x > 2)", "d / u", 3},
    {"log2(x)", "log2(X)", "x >= 0.5f && x <= 2", "d", 0x1p-21},
    {"log2(x)", "log2(X)", "x > 0 && (x < 0.5f || x > 2)", "d / u", 3},
    {"log10(x)", "log10(X)", "x >= 0.5f && x <= 2", "d", 0x1p-21},
    {"log10(x)", "log10(X)", "x > 0 && (x < 0.5f || x > 2)", "d / u", 3},
    {"sin(x)", "sin(X)", "fabs(x) <= M_PI_F", "d", 0x1p-11},
    {"cos(x)", "cos(X)", "fabs(x) <= M_PI_F", "d", 0x1p-11},
    {"1 / x", "1 / X", "fabs(x) <= 0x1p125f", "d / u", 2.5},
};

std::string source_of(const bound& b) {
  return std::string("kernel void scan(global double* worst, global uint* where) {\n"
                     "  size_t g = get_global_id(0);\n  double most = 0; uint at = 0;\n"
                     "  for (uint i = 0; i < 65536; ++i) {\n"
                     "    uint bits = (uint)g * 65536u + i;\n    float x = as_float(bits);\n"
                     "    if (!isfinite(x) || fabs(x) < FLT_MIN || !(") +
         b.range + ")) continue;\n    double X = x, exact = " + b.exact + ";\n    double d = fabs((double)(" + b.call +
         ") - exact), u = ldexp(1.0, max(ilogb(exact), -126) - 23);\n    double e = " + b.error +
         ";\n    if (!(e <= most)) { most = e; at = bits; }\n  }\n  worst[g] = most; where[g] = at;\n}\n";
}

} // namespace

using RelaxedFunctions = opened_gpu;

TEST_F(RelaxedFunctions, KeepToTheTableForEveryFloat) {
  queue q(opened());
  const buffer<double> worst(opened(), items);
  const buffer<std::uint32_t> where(opened(), items);
  for (const bound& b : table) {
    SCOPED_TRACE(std::string(b.call) + " where " + b.range);
    const auto scan = program::compile(opened(), source_of(b), {.options = "-cl-fast-relaxed-math"}).kernel("scan");
    q.launch(scan, {items}, worst, where);
    std::vector<double> errors(items);
    std::vector<std::uint32_t> places(items);
    q.read(worst, errors);
    q.read(where, places);
    q.finish();
    const auto most = std::max_element(errors.begin(), errors.end(), [](double a, double c) { return !(c <= a); });
    const float x = std::bit_cast<float>(places[static_cast<std::size_t>(most - errors.begin())]);
    EXPECT_LE(*most, b.allowed) << "x = " << x;
    EXPECT_GT(*most, 0) << "nothing was compared";
    RecordProperty(std::string(b.call) + " where " + b.range, std::to_string(*most) + " at " + std::to_string(x));
    std::printf("  %-8s where %-30s worst %-10.4g (%s), at most %.4g, x = %.9g\n", b.call, b.range, *most, b.error,
                b.allowed, static_cast<double>(x));
  }
}

} // namespace dotcompute::hardware

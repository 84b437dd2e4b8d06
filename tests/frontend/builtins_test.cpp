// SPDX-License-Identifier: MIT
// Every builtin of OpenCL C 1.2 (but images) translates for every type it takes, into well formed IR.
#include "translate_text.hpp"

namespace dotcompute::frontend::testing {
namespace {

const std::vector<std::string> widths = {"", "2", "3", "4", "8", "16"};

/// A kernel for one type in which `body` sees a, b, c of that type and may assign to o[0].
std::string over_type(const std::string& type, const std::string& body) {
  return "kernel void k(global " + type + "* o, " + type + " a, " + type + " b, " + type + " c) {\n" + body + "\n}\n";
}

std::string assignments(const std::vector<std::string>& expressions) {
  std::string body;
  for (const std::string& e : expressions)
    body += "o[0] += " + e + ";\n";
  return body;
}

std::vector<std::string> calls(const std::vector<std::string>& names, const std::string& arguments) {
  std::vector<std::string> all;
  for (const std::string& name : names)
    all.push_back(name + "(" + arguments + ")");
  return all;
}

class floating : public ::testing::TestWithParam<const char*> {};

TEST_P(floating, one_argument) {
  const auto names = {"acos",  "acosh", "acospi", "asin",  "asinh",   "asinpi",  "atan",  "atanh", "atanpi",
                      "cbrt",  "ceil",  "cos",    "cosh",  "cospi",   "erfc",    "erf",   "exp",   "exp2",
                      "exp10", "expm1", "fabs",   "floor", "lgamma",  "log",     "log2",  "log10", "log1p",
                      "logb",  "rint",  "round",  "rsqrt", "sin",     "sinh",    "sinpi", "sqrt",  "tan",
                      "tanh",  "tanpi", "tgamma", "trunc", "degrees", "radians", "sign"};
  for (const std::string& n : widths)
    ir_of(over_type(GetParam() + n, assignments(calls({names.begin(), names.end()}, "a"))));
}

TEST_P(floating, two_and_three_arguments) {
  const auto two = {"atan2",  "atan2pi",   "copysign", "fdim", "fmax",      "fmin", "fmod", "hypot", "maxmag",
                    "minmag", "nextafter", "pow",      "powr", "remainder", "max",  "min",  "step"};
  const auto three = {"fma", "mad", "clamp", "mix", "smoothstep", "bitselect"};
  for (const std::string& n : widths) {
    ir_of(over_type(GetParam() + n, assignments(calls({two.begin(), two.end()}, "a, b"))));
    ir_of(over_type(GetParam() + n, assignments(calls({three.begin(), three.end()}, "a, b, c"))));
  }
}

TEST_P(floating, scalars_beside_vectors) {
  const std::string type = GetParam();
  for (const std::string n : {"2", "3", "4", "8", "16"})
    ir_of("kernel void k(global " + type + n + "* o, " + type + n + " a, " + type + " s, int i) {\n" +
          assignments({"fmax(a, s)", "fmin(a, s)", "max(a, s)", "min(a, s)", "clamp(a, s, s)", "mix(a, a, s)",
                       "step(s, a)", "smoothstep(s, s, a)", "ldexp(a, i)", "pown(a, (int" + std::string(n) + ")(i))",
                       "rootn(a, (int" + std::string(n) + ")(i))"}) +
          "}");
}

TEST_P(floating, second_results) {
  const std::string type = GetParam();
  for (const std::string& n : widths)
    for (const std::string space : {"private", "global", "local"})
      ir_of("kernel void k(global " + type + n + "* o, global int" + n + "* gi, global " + type + n +
            "* gf, local int" + n + "* li, local " + type + n + "* lf, " + type + n + " a) {\n" +
            (space == "private" ? "int" + n + " vi; " + type + n + " vf; private int" + n + "* i = &vi; private " +
                                      type + n + "* p = &vf;\n"
             : space == "global" ? "global int" + n + "* i = gi; global " + type + n + "* p = gf;\n"
                                 : "local int" + n + "* i = li; local " + type + n + "* p = lf;\n") +
            assignments({"fract(a, p)", "modf(a, p)", "sincos(a, p)", "frexp(a, i)", "remquo(a, a, i)",
                         "lgamma_r(a, i)", "*p"}) +
            "}");
}

TEST_P(floating, relations) {
  const std::string type = GetParam();
  const std::string integer = type == "float" ? "int" : "long";
  for (const std::string& n : widths) {
    std::string body;
    for (const char* name : {"isequal", "isnotequal", "isgreater", "isgreaterequal", "isless", "islessequal",
                             "islessgreater", "isordered", "isunordered"})
      body += std::string("r[0] += ") + name + "(a, b);\n";
    for (const char* name : {"isfinite", "isinf", "isnan", "isnormal", "signbit"})
      body += std::string("r[0] += ") + name + "(a);\n";
    const std::string result = n.empty() ? "int" : integer + n;
    ir_of("kernel void k(global " + result + "* r, " + type + n + " a, " + type + n + " b, global " + type + n +
          "* o) {\n" + body + "o[0] = select(a, b, " + (n.empty() ? "(" + integer + ")" : "") + "r[0]);\n}");
  }
}

TEST_P(floating, geometry) {
  const std::string type = GetParam();
  for (const std::string n : {"", "2", "3", "4"}) {
    std::vector<std::string> all = {"normalize(a)", "(a * dot(a, b))", "(a * length(b))", "(a * distance(a, b))"};
    if (type == "float")
      all.insert(all.end(), {"fast_normalize(a)", "(a * fast_length(b))", "(a * fast_distance(a, b))"});
    if (std::string(n) == "3" || std::string(n) == "4") all.push_back("cross(a, b)");
    ir_of(over_type(type + n, assignments(all)));
  }
}

INSTANTIATE_TEST_SUITE_P(types, floating, ::testing::Values("float", "double"));

TEST(builtins, native_and_half) {
  std::vector<std::string> all;
  for (const std::string prefix : {"native_", "half_"}) {
    for (const char* name :
         {"cos", "exp", "exp2", "exp10", "log", "log2", "log10", "recip", "rsqrt", "sin", "sqrt", "tan"})
      all.push_back(prefix + name + "(a)");
    for (const char* name : {"divide", "powr"})
      all.push_back(prefix + name + "(a, b)");
  }
  for (const std::string& n : widths)
    ir_of(over_type("float" + n, assignments(all)));
}

TEST(builtins, integers) {
  for (const std::string type : {"char", "uchar", "short", "ushort", "int", "uint", "long", "ulong"}) {
    for (const std::string& n : widths) {
      std::vector<std::string> all;
      for (const char* name : {"add_sat", "sub_sat", "hadd", "rhadd", "max", "min", "mul_hi", "rotate"})
        all.push_back(std::string(name) + "(a, b)");
      for (const char* name : {"clamp", "mad_hi", "mad_sat", "bitselect"})
        all.push_back(std::string(name) + "(a, b, c)");
      for (const char* name : {"clz", "popcount"})
        all.push_back(std::string(name) + "(a)");
      all.push_back("convert_" + type + n + "(abs(a))");
      all.push_back("convert_" + type + n + "(abs_diff(a, b))");
      if (type == "int" || type == "uint") all.insert(all.end(), {"mul24(a, b)", "mad24(a, b, c)"});
      ir_of(over_type(type + n, assignments(all)));
    }
  }
}

TEST(builtins, upsample) {
  const std::string ir = ir_of("kernel void k(global short* a, global uint4* b, global long2* c, char s, uchar t,"
                               " ushort4 x, int2 y, uint2 z) { a[0] = upsample(s, t); b[0] = upsample(x, x);"
                               " c[0] = upsample(y, z); }");
  EXPECT_HAS(ir, "shl i64x2");
}

TEST(builtins, any_and_all) {
  for (const std::string type : {"char", "short", "int", "long"})
    for (const std::string& n : widths)
      ir_of("kernel void k(global int* o, " + type + n + " a) { o[0] = any(a) + all(a); }");
}

TEST(builtins, select_takes_signed_and_unsigned_masks) {
  const std::string ir = kernel_ir("v[0] = select(v[1], v[2], v[3] < v[4]); f[0] = select(x, f[1], n);"
                                   " u[0] = select(m, u[1], m); d[0] = select(d[1], d[2], (long)n);"
                                   " uchar4 a = as_uchar4(n); a = select(a, a, as_char4(n)); i[0] = as_int(a);");
  EXPECT_HAS(ir, "icmp_ne boolean");
}

TEST(builtins, shuffles) {
  const std::string known =
      kernel_ir("v[0] = shuffle(v[1], (uint4)(3, 2, 1, 0)); v[1] = shuffle2(v[1], v[2], (uint4)(7, 0, 4, 1));");
  EXPECT_HAS(known, "[3 2 1 0]");
  EXPECT_HAS(known, "[7 0 4 1]");
  EXPECT_HAS(kernel_ir("v[0] = shuffle(v[1], (uint4)(m, 2, 1, 0)); v[1] = shuffle2(v[1], v[2], (uint4)(m));"),
             "extract_dynamic");
}

class conversions : public ::testing::TestWithParam<const char*> {};

TEST_P(conversions, every_target_saturation_and_rounding) {
  const std::string from = GetParam();
  for (const std::string n : {"", "3", "16"}) {
    std::string body;
    for (const std::string to : {"char", "uchar", "short", "ushort", "int", "uint", "long", "ulong", "float", "double"})
      for (const std::string mode : {"", "_rte", "_rtz", "_rtp", "_rtn"})
        for (const std::string saturation : {"", "_sat"}) {
          if (!saturation.empty() && (to == "float" || to == "double")) continue;
          body += "*(global " + to + n + "*)o = convert_" + to + n + saturation + mode + "(a);\n";
        }
    ir_of("kernel void k(global char* o, " + from + n + " a) {\n" + body + "}");
  }
}

INSTANTIATE_TEST_SUITE_P(types, conversions,
                         ::testing::Values("char", "uchar", "short", "ushort", "int", "uint", "long", "ulong", "float",
                                           "double"));

TEST(builtins, half_loads_and_stores) {
  std::string body = "o[0] = vload_half(n, h);\n";
  for (const std::string mode : {"", "_rte", "_rtz", "_rtp", "_rtn"})
    for (const std::string type : {"float", "double"}) {
      body += "vstore_half" + mode + "((" + type + ")o[0], n, h);\n";
      for (const std::string n : {"2", "3", "4", "8", "16"}) {
        body += "vstore_half" + n + mode + "((" + type + n + ")(" + type + ")o[1], n, h);\n";
        body += "vstorea_half" + n + mode + "(convert_" + type + n + "(vloada_half" + n + "(n, h) + vload_half" + n +
                "(n, h)), n, h);\n";
      }
    }
  ir_of("kernel void k(global half* h, global float* o, int n) {\n" + body + "}");
}

TEST(builtins, atomics) {
  std::string body;
  for (const std::string prefix : {"atomic_", "atom_"})
    for (const std::string pointer : {"i", "u", "li", "lu", "l64", "g64"}) {
      if (prefix == "atomic_" && pointer.ends_with("64")) continue;
      for (const char* name : {"add", "sub", "xchg", "min", "max", "and", "or", "xor"})
        body += prefix + name + "(" + pointer + ", 3);\n";
      for (const char* name : {"inc", "dec"})
        body += prefix + name + "(" + pointer + ");\n";
      body += prefix + "cmpxchg(" + pointer + ", 1, 2);\n";
    }
  const std::string ir =
      ir_of("kernel void k(volatile global int* i, global uint* u, local int* li, volatile local uint* lu,"
            " local ulong* l64, global long* g64, global float* f) {\n" +
            body + "f[1] = atomic_xchg(f, 2.0f);\n}");
  EXPECT_HAS(ir, "smin");
  EXPECT_HAS(ir, "umax");
  EXPECT_HAS(ir, "atomic_compare_exchange i64");
}

TEST(builtins, work_items) {
  const std::string ir = kernel_ir("for (uint q = 0; q < 4; q++) i[q] = get_global_id(q) + get_local_size(q);\n"
                                   "i[0] = get_global_id(3) + get_global_size(7) + get_work_dim() + get_num_groups(1)"
                                   " + get_group_id(2) + get_global_offset(0) + get_local_id(1);");
  EXPECT_HAS(ir, "work_item i64 global_id 2");
  EXPECT_HAS(ir, "work_dimensions");
}

TEST(builtins, synchronization) {
  const std::string ir = kernel_ir("barrier(CLK_LOCAL_MEM_FENCE); barrier(CLK_GLOBAL_MEM_FENCE | CLK_LOCAL_MEM_FENCE);"
                                   " mem_fence(CLK_GLOBAL_MEM_FENCE); read_mem_fence(1); write_mem_fence(2);");
  EXPECT_EQ(count(ir, "barrier "), 2u) << ir;
  EXPECT_EQ(count(ir, "fence "), 3u) << ir;
}

TEST(builtins, asynchronous_copies_become_loops_and_a_barrier) {
  const std::string ir = kernel_ir("event_t e = async_work_group_copy(l, f, (size_t)64, (event_t)0);\n"
                                   "e = async_work_group_strided_copy(f, l, (size_t)64, (size_t)3, e);\n"
                                   "wait_group_events(1, &e); prefetch(f, 16);");
  EXPECT_EQ(count(ir, "= loop"), 2u) << ir;
  EXPECT_EQ(count(ir, "barrier "), 1u) << ir;
}

TEST(builtins, printf_promotes_as_c_does) {
  const std::string ir = kernel_ir("printf(\"%d %f %v4hlf %s %c\\n\", n, x, v[0], \"text\", (char)n);");
  EXPECT_HAS(ir, "print ");
  EXPECT_HAS(ir, "float_extend f64");
}

TEST(builtins, relaxed_mathematics_prefers_the_faster_definitions) {
  const std::string exact = kernel_ir("f[0] = exp(x) + length(v[0]);");
  const std::string fast = kernel_ir("f[0] = exp(x) + length(v[0]);", "-cl-fast-relaxed-math");
  EXPECT_HAS(exact, "\"__dc_exp_f32\"");
  EXPECT_LT(fast.size(), exact.size());
}

TEST(builtins, infinity_and_nan_are_constants) {
  EXPECT_HAS_NOT(
      kernel_ir("f[0] = INFINITY; f[1] = NAN; f[2] = HUGE_VALF; d[0] = HUGE_VAL; f[3] = nan(m); f[4] = MAXFLOAT;"),
      "call");
}

} // namespace
} // namespace dotcompute::frontend::testing

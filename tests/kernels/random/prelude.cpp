// SPDX-License-Identifier: MIT
// What generated kernels call where an operator alone could be undefined, and how they hash what they compute.
#include "random/program.hpp"

#include <cctype>
#include <sstream>
#include <utility>

namespace random_programs {
namespace {

/// Every X for a type: T its name, U its unsigned twin, W the type in which its arithmetic wraps.
constexpr const char* integer_functions = R"(
T add_T(T a, T b) { return (T)((W)a + (W)b); }
T sub_T(T a, T b) { return (T)((W)a - (W)b); }
T mul_T(T a, T b) { return (T)((W)a * (W)b); }
T div_T(T a, T b) { if (b == 0) return a; if (b == (T)-1) return sub_T(0, a); return a / b; }
T rem_T(T a, T b) { return b == 0 || b == (T)-1 ? a : a % b; }
ulong mix_T(ulong h, T x) { return (h ^ (ulong)x) * 1099511628211UL; }
)";

constexpr const char* float_functions = R"(
T finite_T(T x) { return x > (T)-1000000 && x < (T)1000000 ? x : (T)0; }
T number_T(T x) { return isnan(x) ? (T)0 : x; }
ulong mix_T(ulong h, T x) { return (h ^ (isnan(x) ? 0x7ff8UL : (ulong)as_U(x))) * 1099511628211UL; }
)";

std::string with(std::string text, const std::string& t, const std::string& u, const std::string& w) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool alone =
        i + 1 == text.size() || (std::isalnum(static_cast<unsigned char>(text[i + 1])) == 0 && text[i + 1] != '_');
    const bool starts = i == 0 || std::isalnum(static_cast<unsigned char>(text[i - 1])) == 0;
    if (alone && starts && text[i] == 'T')
      result += t;
    else if (alone && starts && text[i] == 'U')
      result += u;
    else if (alone && starts && text[i] == 'W')
      result += w;
    else
      result += text[i];
  }
  return result;
}

/// Functions by name, each with those that it calls before it.
std::vector<std::pair<std::string, std::string>> made() {
  std::vector<std::pair<std::string, std::string>> functions;
  const auto add = [&](const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const std::size_t open = line.find('(');
      if (open != std::string::npos)
        functions.emplace_back(line.substr(line.rfind(' ', open) + 1, open - line.rfind(' ', open)), line + "\n");
    }
  };
  add("int bump(int* x) { *x = (int)((uint)*x + 3u); return *x & 7; }");
  for (const std::string t : {"char", "short", "int", "long"}) {
    const std::string w = t == "long" ? "ulong" : "uint";
    add(with(integer_functions, t, "u" + t, w));
    add(with(integer_functions, "u" + t, "u" + t, w));
  }
  add(with(float_functions, "float", "uint", ""));
  add(with(float_functions, "double", "ulong", ""));
  return functions;
}

} // namespace

std::string prelude(const std::string& text) {
  static const auto functions = made();
  std::string result;
  std::string needed = text;
  for (auto f = functions.rbegin(); f != functions.rend(); ++f) {
    if (needed.find(f->first) == std::string::npos) continue;
    result.insert(0, f->second);
    needed += f->second;
  }
  return "#pragma OPENCL FP_CONTRACT OFF\n"
         "#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n"
         "typedef struct { int a; float b; uchar c[4]; short4 d; ulong e; } record;\n" +
         result;
}

} // namespace random_programs

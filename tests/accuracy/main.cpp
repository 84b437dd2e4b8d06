// SPDX-License-Identifier: MIT
// accuracy: measures the builtins against MPFR and fails where the specification's limits are exceeded.
#include "measure.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <thread>

using namespace accuracy;

namespace {

std::string_view name(precision p) {
  return p == precision::f32 ? "f32" : "f64";
}

void print(const measurement& m, bool verbose) {
  const std::string verdict = m.missing ? "MISSING" : m.passed() ? "ok" : "FAILED";
  fmt::print("{:<18} {}  worst {:>9.4g} ulp  limit {:>6}  of {:>10}  {}\n", m.function, name(m.in), m.worst, m.limit,
             m.tested, verdict);
  if (!m.missing && (verbose || !m.passed())) fmt::print("    {}; {} beyond the limit\n", m.worst_case, m.beyond);
  std::fflush(stdout);
}

bool agree(evaluator& e, evaluator& other, const function& f, precision p, const inputs& in) {
  std::string example;
  const std::uint64_t found = disagreements(e, other, f, p, in, example);
  if (found == 0) return true;
  fmt::print("{} {}: {} and {} differ for {} arguments, first {}\n", f.name, name(p), e.name(), other.name(), found,
             example);
  return false;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures the accuracy of the OpenCL C builtins against MPFR.");
  std::vector<std::string> only;
  std::string only_precision, json_path;
  std::size_t samples = 10000;
  std::uint64_t seed = 1, stride = 1;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  bool full = false, verbose = false;
  std::string what = "kernels";
  std::uint32_t lanes = 0;
  std::vector<std::uint32_t> compare;
  app.add_option("functions", only, "Only these, e.g. sin pow native_exp");
  app.add_option("--evaluator", what, "kernels: through dotcompute; native: the library compiled for this machine")
      ->check(CLI::IsMember({"kernels", "native"}));
  app.add_option("--lanes", lanes, "Work-items a pack for kernels; 0 takes the device's choice");
  app.add_option("--compare-lanes", compare,
                 "Check instead that these lane widths give the evaluator's results, bit by bit")
      ->delimiter(',');
  app.add_option("--precision", only_precision, "Only f32 or f64")->check(CLI::IsMember({"f32", "f64"}));
  app.add_option("--samples", samples, "Random arguments for each function, beside the special ones");
  app.add_option("--seed", seed, "Of the random arguments");
  app.add_option("--threads", threads, "Threads to use");
  app.add_flag("--full", full, "Also every float for functions of one float (minutes for each)");
  app.add_option("--stride", stride, "With --full: every n-th float only")->check(CLI::PositiveNumber);
  app.add_option("--json", json_path, "Write the table to this file as JSON");
  app.add_flag("--verbose", verbose, "Show the worst argument of every function");
  CLI11_PARSE(app, argc, argv);

  try {
    std::vector<function> selected;
    for (const function& f : functions()) {
      if (what == "native" && !f.in_library) continue;
      if (only.empty() || std::find(only.begin(), only.end(), f.name) != only.end()) selected.push_back(f);
    }
    const std::unique_ptr<evaluator> e =
        what == "native" ? make_native_evaluator() : make_kernel_evaluator(lanes, selected);
    std::vector<std::unique_ptr<evaluator>> others;
    for (std::uint32_t width : compare)
      others.push_back(make_kernel_evaluator(width, selected));
    nlohmann::json rows = nlohmann::json::array();
    bool passed = true;
    bool any = false;
    for (const function& f : selected) {
      for (precision p : {precision::f32, precision::f64}) {
        if (f.limit(p) < 0 || (!only_precision.empty() && only_precision != name(p))) continue;
        if (!others.empty()) {
          any = true;
          const inputs in = make_inputs(f, p, samples, seed);
          for (const auto& other : others)
            passed = agree(*e, *other, f, p, in) && passed;
          continue;
        }
        std::vector<measurement> results;
        results.push_back(measure(*e, f, p, make_inputs(f, p, samples, seed), threads));
        measurement all;
        if (full && p == precision::f32 && measure_all_floats(*e, f, stride, threads, all)) results.push_back(all);
        for (const measurement& m : results) {
          any = true;
          passed = passed && m.passed();
          print(m, verbose);
          rows.push_back({{"function", m.function},
                          {"precision", name(m.in)},
                          {"worst_ulp", m.worst},
                          {"limit_ulp", m.limit},
                          {"tested", m.tested},
                          {"beyond_limit", m.beyond},
                          {"worst_case", m.worst_case},
                          {"evaluator", e->name()},
                          {"passed", m.passed()}});
        }
      }
    }
    if (!json_path.empty()) {
      std::ofstream file(json_path);
      file << rows.dump(2) << '\n';
      if (!file.flush()) {
        fmt::print(stderr, "accuracy: cannot write {}\n", json_path);
        return 2;
      }
    }
    if (!any) {
      fmt::print(stderr, "accuracy: no function of that name\n");
      return 2;
    }
    return passed ? 0 : 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "accuracy: {}\n", error.what());
    return 2;
  }
}

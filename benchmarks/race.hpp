// SPDX-License-Identifier: MIT
// Contestants of one workload, measured in turns, checked, and written down as a row.
#pragma once

#include "bench.hpp"
#include "workload.hpp"

#include <functional>
#include <string>
#include <vector>

namespace dotcompute::benchmark {

/// What turns seconds into the row's figure.
struct race_rules {
  double amount = 0; ///< as workload::amount
  bool is_time = false;
  unsigned batch = 1;   ///< as workload::batch
  unsigned repeats = 1; ///< as workload::repeats
  bool by_median = false;
  std::vector<goal> goals;
};

/// Adds a contestant that has computed once, so that what it compiles or allocates at first is done; or the reason why
/// there is none to the row's problems.
void enter(std::vector<contestant>& contestants, row& r, const std::string& name,
           const std::function<contestant()>& make);

/// Runs all of them and fills in figures, ratios, goals and problems. The one named "dotcompute" is the row's own.
row race(row header, std::vector<contestant> contestants, const race_rules& rules, const options& o);

/// Adds what `goals` demand to a row whose figures are known. Small sizes judge none.
void judge(row& r, const std::vector<goal>& goals, const options& o);

} // namespace dotcompute::benchmark

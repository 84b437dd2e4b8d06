// SPDX-License-Identifier: MIT
#pragma once

#include "evaluator.hpp"
#include "inputs.hpp"

#include <cstdint>
#include <string>

namespace accuracy {

struct measurement {
  std::string function;
  precision in = precision::f32;
  double limit = 0; ///< ulp
  double worst = 0; ///< ulp; infinite for a wrong special value
  std::uint64_t tested = 0;
  std::uint64_t beyond = 0; ///< arguments whose error is above the limit
  std::string worst_case;   ///< "sin(0x1.8p+3) = ..., expected ..."
  bool missing = false;

  bool passed() const { return !missing && beyond == 0 && tested != 0; }
};

/// Compares the results for `in` with MPFR's, on `threads` threads.
measurement measure(evaluator& e, const function& f, precision p, const inputs& in, unsigned threads);

/// How many results for `in` differ in a bit between two evaluators (two NaNs are equal), and the first arguments whose
/// results do.
std::uint64_t disagreements(evaluator& one, evaluator& two, const function& f, precision p, const inputs& in,
                            std::string& example);

/// All 2^32 / stride floats for an f32 function of one argument, against the C library's double functions, whose own
/// error is 1e-8 of a float's ulp; the worst case is then measured with MPFR. False if there is no such function.
bool measure_all_floats(evaluator& e, const function& f, std::uint64_t stride, unsigned threads, measurement& out);

} // namespace accuracy

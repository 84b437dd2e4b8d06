// SPDX-License-Identifier: MIT
#include "compiler/server/make_service.hpp"
#include "targets.hpp"

#include <dotcompute/error.hpp>

#include <cstdlib>

namespace dotcompute::fuzz {
namespace {

compiler::service& one() {
  static const auto instance = []() noexcept {
    compiler::service_options o;
    o.executable = REAL_COMPILER;
    o.processes = 1;
    auto made = compiler::make_service(o);
    // Were every compiler process to die at its start, all inputs would pass; noexcept, so that this cannot.
    compiler::request r;
    r.source = "kernel void k(global int* x) { x[get_global_id(0)] = 1; }";
    r.file_name = "fuzz.cl";
    if (const auto answer = made->compile(r, std::chrono::minutes(2)); !answer.outcome || !answer.outcome->succeeded) {
      std::abort();
    }
    return made;
  }();
  return *instance;
}

} // namespace

void service(const std::uint8_t* data, std::size_t size) {
  if (size > 20000) return;
  compiler::request r;
  r.source.assign(reinterpret_cast<const char*>(data), size);
  r.file_name = "fuzz.cl";
  try {
    if (!one().compile(r, std::chrono::seconds(20)).outcome) std::abort();
  } catch (const error& e) {
    // The compiler process may die of its input or take too long. Nothing else may be wrong with it.
    if (e.code() != error_code::compiler_crashed && e.code() != error_code::deadline_exceeded) std::abort();
  }
}

} // namespace dotcompute::fuzz

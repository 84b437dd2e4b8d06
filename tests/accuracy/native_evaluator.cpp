// SPDX-License-Identifier: MIT
#include "evaluator.hpp"

#include <fmt/format.h>
#include <stdexcept>

namespace accuracy {

namespace {

using loop = void (*)(const void* first, const void* second, void* result, void* second_result, unsigned long count);

// Weak: a function that the library lacks has a null address, which the test reports.
extern "C" {
#define FUNCTION(name, form, limit_f32, limit_f64)                                                                     \
  [[gnu::weak]] void loop_##name##_f32(const void*, const void*, void*, void*, unsigned long);                         \
  [[gnu::weak]] void loop_##name##_f64(const void*, const void*, void*, void*, unsigned long);
#include "functions.inc"
#undef FUNCTION
}

struct entry {
  std::string_view name;
  loop f32, f64;
};

const entry entries[] = {
#define FUNCTION(name, form, limit_f32, limit_f64) {#name, loop_##name##_f32, loop_##name##_f64},
#include "functions.inc"
#undef FUNCTION
};

loop find(const function& f, precision p) {
  for (const entry& e : entries)
    if (e.name == f.name) return p == precision::f32 ? e.f32 : e.f64;
  return nullptr;
}

class native_evaluator final : public evaluator {
 public:
  std::string name() const override { return "native"; }
  bool has(const function& f, precision p) const override { return find(f, p) != nullptr; }
  void evaluate(const function& f, precision p, const batch& data) override {
    const loop run = find(f, p);
    if (!run) throw std::runtime_error(fmt::format("the library has no {}", f.name));
    run(data.first, data.second, data.result, data.second_result, data.count);
  }
};

} // namespace

std::unique_ptr<evaluator> make_native_evaluator() {
  return std::make_unique<native_evaluator>();
}

} // namespace accuracy

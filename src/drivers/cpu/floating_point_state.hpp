// SPDX-License-Identifier: MIT
// Kernels run with the processor's default floating-point settings, whatever thread runs them.
#pragma once

#include <cstdint>

namespace dotcompute::cpu {

/// For its life time: round to nearest, denormals kept, no traps. A lent thread may have set something else, and
/// results must not depend on who runs a work-group. Costs a few cycles when there is nothing to change.
class default_floating_point {
 public:
  default_floating_point() noexcept : before_(read()) {
    if ((before_ & controls) != defaults) write(defaults);
  }
  ~default_floating_point() {
    if ((before_ & controls) != defaults) write(before_);
  }
  default_floating_point(const default_floating_point&) = delete;
  default_floating_point& operator=(const default_floating_point&) = delete;

 private:
#if defined(__x86_64__)
  // MXCSR: bits 0 to 5 are flags; 6 denormals are zero; 7 to 12 trap masks; 13, 14 rounding; 15 flush to zero.
  static constexpr std::uint64_t controls = 0xffc0, defaults = 0x1f80;
  static std::uint64_t read() noexcept {
    return __builtin_ia32_stmxcsr();
  }
  static void write(std::uint64_t v) noexcept {
    __builtin_ia32_ldmxcsr(static_cast<unsigned>(v));
  }
#elif defined(__aarch64__)
  // FPCR: bits 22, 23 rounding; 24 flush to zero; 8 to 15 traps; all zero by default.
  static constexpr std::uint64_t controls = 0x01c0ff00, defaults = 0;
  static std::uint64_t read() noexcept {
    std::uint64_t v;
    asm volatile("mrs %0, fpcr" : "=r"(v));
    return v;
  }
  static void write(std::uint64_t v) noexcept {
    asm volatile("msr fpcr, %0" : : "r"(v));
  }
#else
  static constexpr std::uint64_t controls = 0, defaults = 0;
  static std::uint64_t read() noexcept {
    return 0;
  }
  static void write(std::uint64_t) noexcept {}
#endif
  const std::uint64_t before_;
};

} // namespace dotcompute::cpu

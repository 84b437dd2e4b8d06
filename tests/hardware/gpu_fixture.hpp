// SPDX-License-Identifier: MIT
// Tests of a real GPU: skipped with the reason where there is none.
#pragma once

#include "cuda/cuda_library.hpp"

#include <dotcompute/dotcompute.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace dotcompute::hardware {

namespace raw = benchmark::cuda;

inline constexpr const char* selector = "cuda:0";

/// Why no GPU can be tested here; empty when one can.
std::string why_not();

/// NVIDIA's library; only when why_not() is empty.
const raw::driver_library& driver();

class gpu : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto reason = why_not(); !reason.empty()) GTEST_SKIP() << reason;
  }
};

/// A test that opens the device through the library. Where NVIDIA's library has a GPU, the library must find it too.
class opened_gpu : public gpu {
 protected:
  void SetUp() override {
    gpu::SetUp();
    if (IsSkipped()) return;
    device_.emplace(device::open(selector));
  }
  device& opened() { return *device_; }

 private:
  std::optional<device> device_;
};

/// Makes the GPU's primary context current on this thread for as long as it lives.
class raw_context {
 public:
  raw_context();
  ~raw_context();
  raw_context(const raw_context&) = delete;
  raw_context& operator=(const raw_context&) = delete;
};

/// This program in a new process as `cuda_hardware_test --child WORD...`; what it prints to standard output. Throws
/// when it fails, having said why on standard error.
std::string run_child(const std::vector<std::string>& words);

/// Does what a child process was asked for and returns its exit code.
int faults_child(const std::string& fault);
int allocating_child(std::uint64_t bytes);

} // namespace dotcompute::hardware

// SPDX-License-Identifier: MIT
// Programs and commands for a device of PoCL, by hand.
#pragma once

#include "../../temporary_folder.hpp"
#include "compiler/targets/opencl/program_text.hpp"
#include "drivers/opencl/opencl_devices.hpp"
#include "failing_loader.hpp"

#include <dotcompute/error.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace dotcompute::opencl::test {

inline constexpr const char* source = R"(
kernel void axpy(global float* y, global const float* x, float a) {
  const size_t i = get_global_id(0);
  y[i] += a * x[i];
}
kernel void reverse(global uint* data, local uint* group, local uint* more) {
  const size_t i = get_local_id(0), n = get_local_size(0);
  group[i] = data[get_global_id(0)];
  more[n - 1 - i] = 1;
  barrier(CLK_LOCAL_MEM_FENCE);
  data[get_global_id(0)] = group[n - 1 - i] + more[i] - 1;
}
)";

enum kernel : std::uint32_t { axpy, reverse };

struct compiled {
  std::vector<std::byte> binary;
  drivers::program_image image;

  explicit compiled(const std::string& text = source, const std::string& options = "")
      : binary(compiler::opencl::encode({options, text})) {
    image.name = "kernels.cl";
    image.binary = binary;
    const auto add = [&](const char* name, std::vector<drivers::argument_place> arguments, bool is_flat) {
      drivers::kernel_code k;
      k.kernel = k.symbol = name;
      k.arguments = std::move(arguments);
      k.is_flat = is_flat;
      image.kernels.push_back(std::move(k));
    };
    add("axpy", {{0, 8, argument_space::global}, {8, 8, argument_space::global}, {16, 4, argument_space::value}}, true);
    add("reverse", {{0, 8, argument_space::global}, {8, 8, argument_space::local}, {16, 8, argument_space::local}},
        false);
  }
};

/// Arguments as they lie in the argument block.
template <class... T>
std::array<std::byte, 64> block(T... values) {
  std::array<std::byte, 64> bytes{};
  std::size_t at = 0;
  (
      [&] {
        at = (at + sizeof values - 1) / sizeof values * sizeof values;
        std::memcpy(bytes.data() + at, &values, sizeof values);
        at += sizeof values;
      }(),
      ...);
  return bytes;
}

inline drivers::launch_command launch(const drivers::loaded_program& p, kernel k,
                                      const std::array<std::byte, 64>& arguments, std::uint64_t global,
                                      std::uint64_t local = 1) {
  drivers::launch_command c;
  c.program = &p;
  c.kernel = k;
  c.global_size[0] = global;
  c.local_size[0] = local;
  c.arguments = arguments.data();
  return c;
}

/// Whether the number is reached within some seconds; throws what the device throws.
inline bool reach(drivers::stream& s, std::uint64_t number, std::chrono::milliseconds time = std::chrono::seconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  s.signal(number);
  while (s.reached() < number) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    s.check();
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  return true;
}

/// The cache on disk in a folder of its own.
class own_cache {
 public:
  own_cache() { ::setenv("DOTCOMPUTE_CACHE_DIR", folder_.path().c_str(), 1); }

  std::vector<std::filesystem::path> entries() const {
    std::vector<std::filesystem::path> found;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder_.path()))
      if (file.path().extension() == ".dck") found.push_back(file.path());
    return found;
  }

 private:
  const dotcompute::test::temporary_folder folder_;
};

/// As it is before a test told it to do anything.
inline void use_failing_loader() {
  ::setenv("DOTCOMPUTE_LIBOPENCL", FAILING_LOADER, 1);
  failingOpenCLScript("none", 0, 0, false);
  failingOpenCLStatus(0, 0);
  failingOpenCLText(0, nullptr);
}

inline bool has_device() {
  std::string why;
  return !devices(why).empty();
}

} // namespace dotcompute::opencl::test

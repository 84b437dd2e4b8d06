// SPDX-License-Identifier: MIT
// What a workload asks of something that runs kernels: the same host code drives dotcompute, every OpenCL peer, and
// CUDA C written by hand.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <dotcompute/device.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace dotcompute::benchmark {

/// The same kernels in each language: same names, same arguments.
struct kernel_source {
  const char* opencl;
  const char* cuda = nullptr; ///< null: nobody wrote it
};

/// Device memory of one side.
class memory {
 public:
  virtual ~memory() = default;
  virtual void write(std::span<const std::byte> from) = 0;
  virtual void read(std::span<std::byte> to) = 0;
};

struct local_block {
  std::size_t bytes = 0;
};

/// The bytes of an int, uint or float argument.
struct scalar_argument {
  std::array<std::byte, 8> bytes{};
  std::size_t size = 0;
  template <class T>
  requires std::is_arithmetic_v<T> scalar_argument(T value) : size(sizeof(T)) {
    std::memcpy(bytes.data(), &value, sizeof(T));
  }
};

using call_argument = std::variant<std::shared_ptr<memory>, local_block, scalar_argument>;

struct call {
  std::string kernel;
  std::vector<std::uint64_t> global;
  std::vector<std::uint64_t> local; ///< empty: the side chooses
  std::vector<call_argument> arguments;
};

class built_program {
 public:
  virtual ~built_program() = default;
  /// Stores the calls' arguments; the function enqueues all of them in order, `repeats` times over, and then waits
  /// once.
  virtual std::function<void()> prepare(const std::vector<call>& calls, unsigned repeats = 1) = 0;
};

class side {
 public:
  virtual ~side() = default;
  virtual std::string name() const = 0;
  /// Version and device, for the report.
  virtual std::string description() const = 0;
  virtual std::shared_ptr<memory> allocate(std::size_t bytes) = 0;
  /// Throws with the build log when the source does not compile.
  virtual std::shared_ptr<built_program> build(const kernel_source& source, const std::string& options) = 0;

  template <class T>
  std::shared_ptr<memory> upload(std::span<const T> data) {
    auto m = allocate(data.size_bytes());
    m->write(std::as_bytes(data));
    return m;
  }
  template <class T>
  std::shared_ptr<memory> upload(const std::vector<T>& data) {
    return upload(std::span<const T>(data));
  }
};

template <class T>
std::vector<T> download(memory& from, std::size_t n) {
  std::vector<T> data(n);
  from.read(std::as_writable_bytes(std::span<T>(data)));
  return data;
}

/// dotcompute itself on the device that `selector` names. `on_device` may be empty.
std::unique_ptr<side> open_dotcompute(const std::string& selector,
                                      const std::function<void(const device&)>& on_device = {});

} // namespace dotcompute::benchmark

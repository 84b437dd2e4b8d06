// SPDX-License-Identifier: MIT
// A program of hand-written kernels, loaded through the public API as an artifact.
#pragma once

#include "compiler/cache/artifact.hpp"

#include <dotcompute/dotcompute.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

namespace dotcompute::test {

inline argument_reflection value(const char* name, const char* type, std::uint32_t size, std::uint32_t offset) {
  argument_reflection a;
  a.name = name;
  a.type_name = a.element_type = type;
  a.size = a.alignment = size;
  a.offset = offset;
  a.is_written = a.is_read = false;
  return a;
}

inline argument_reflection pointer(const char* name, const char* element, std::uint32_t element_size,
                                   std::uint32_t offset, argument_space space = argument_space::global,
                                   bool is_const = false) {
  argument_reflection a;
  a.name = name;
  a.element_type = element;
  a.type_name = a.element_type + "*";
  a.space = space;
  a.size = a.alignment = 8;
  a.offset = offset;
  a.element_size = element_size;
  a.is_const = is_const;
  a.is_written = !is_const;
  return a;
}

inline std::vector<std::byte> read_bytes(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// The module that the build made, unless the environment says where it was moved to.
inline const char* hand_written_kernels() {
  const char* moved = std::getenv("DOTCOMPUTE_HAND_WRITTEN_KERNELS");
  return moved && *moved ? moved : DOTCOMPUTE_HAND_WRITTEN_KERNELS;
}

/// The artifact of hand_written_kernels.cpp.
inline compiler::result hand_written_result() {
  compiler::result r;
  r.succeeded = true;
  r.binary = read_bytes(hand_written_kernels());
  r.print_formats = {"value %d of %s\n"};
  const auto add = [&r](const char* name, bool is_flat, std::vector<argument_reflection> arguments,
                        std::uint64_t local_bytes = 0) {
    kernel_reflection k;
    k.name = name;
    k.is_flat = is_flat;
    k.has_barrier = !is_flat;
    k.local_bytes = local_bytes;
    for (const auto& a : arguments)
      k.argument_bytes = std::max(k.argument_bytes, a.offset + a.size);
    k.arguments = std::move(arguments);
    r.kernels.push_back(k);
    r.entries.push_back({name, std::string("kernel_") + name, {}, 16, local_bytes, 1000});
  };
  add("empty", true, {});
  add("scale", true,
      {pointer("x", "float", 4, 0, argument_space::global, true), pointer("y", "float", 4, 8),
       value("factor", "float", 4, 16)});
  add("triad", true,
      {pointer("a", "float", 4, 0), pointer("b", "float", 4, 8, argument_space::global, true),
       pointer("c", "float", 4, 16, argument_space::global, true), value("k", "float", 4, 24)});
  add("count", false, {pointer("counters", "uint", 4, 0), value("work", "uint", 4, 8)});
  add("shape", false, {pointer("out", "ulong", 8, 0)});
  add("locals", false,
      {pointer("a", "float", 4, 0, argument_space::local), pointer("b", "float", 4, 8, argument_space::local),
       pointer("out", "ulong", 8, 16)},
      100);
  add("gate", false, {pointer("flags", "int", 4, 0)});
  add("append", false, {pointer("list", "int", 4, 0), value("value", "int", 4, 8)});
  add("announce", false, {value("value", "int", 4, 0)});
  return r;
}

/// What an expression throws, or a test failure.
template <class Call>
error failure_of(Call&& call) {
  try {
    call();
  } catch (const error& e) {
    return e;
  }
  ADD_FAILURE() << "no error was thrown";
  return error(error_code::unknown, "none");
}

class runtime : public ::testing::Test {
 protected:
  explicit runtime(const open_options& options = {})
      : dev(device::open("cpu:0", options)),
        kernels(program::from_binary(dev, compiler::encode(hand_written_result()))) {}

  device dev;
  program kernels;
};

} // namespace dotcompute::test

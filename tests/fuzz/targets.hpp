// SPDX-License-Identifier: MIT
// What is fuzzed: each function takes any bytes and must return. libfuzzer_main.cpp makes a libFuzzer program of one of
// them; corpus_test.cpp runs them all over the seeds and over mutations of the seeds, with any compiler.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dotcompute::fuzz {

void artifact(const std::uint8_t* data, std::size_t size); ///< what is read from disk, from the wire, from programs
void frames(const std::uint8_t* data, std::size_t size);   ///< what a compiler process may send
void source(const std::uint8_t* data, std::size_t size);   ///< OpenCL C through the whole compiler, in this process
void options(const std::uint8_t* data, std::size_t size);  ///< build options, likewise
void service(const std::uint8_t* data, std::size_t size);  ///< OpenCL C through the service and its compiler process
void print(const std::uint8_t* data, std::size_t size);    ///< printf formats and the values for them
void replay(const std::uint8_t* data, std::size_t size);   ///< recorded allocations, and the pool that plays them
void npy(const std::uint8_t* data, std::size_t size);      ///< NumPy files

} // namespace dotcompute::fuzz

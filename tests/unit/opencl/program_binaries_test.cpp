// SPDX-License-Identifier: MIT
// What a driver made of a program is taken from the cache, and never where it could be another's or damaged.
#include "opencl_fixture.hpp"

#include <fstream>
#include <iterator>
#include <unistd.h>

namespace dotcompute::opencl::test {
namespace {

constexpr std::uint32_t driver_version = 0x102d, platform_name = 0x0902;

class program_binaries_test : public testing::Test {
 protected:
  void SetUp() override {
    use_failing_loader();
    ::setenv("DOTCOMPUTE_OPENCL_MEMORY", "coarse", 1);
    if (!has_device()) GTEST_SKIP() << "there is no OpenCL device";
  }

  /// Loads it in a new context and runs it. Whether the driver compiled the text for it.
  static bool is_compiled(const compiled& text) {
    failingOpenCLCount before = failingOpenCLCounts();
    const auto device = open(0, {});
    const auto program = device->load(text.image);
    const bool was_compiled = failingOpenCLCounts().sources != before.sources;
    const auto s = device->create_segment(buffer_kind::device_local, 1 << 20);
    const auto stream = device->create_stream({});
    std::vector<float> x(100, 3), y(100, 1);
    stream->submit(1, drivers::copy_command{s->address, x.data(), 400});
    stream->submit(2, drivers::copy_command{s->address + 1024, y.data(), 400});
    stream->submit(3, launch(*program, axpy, block(s->address + 1024, s->address, 2.0f), 100));
    stream->submit(4, drivers::copy_command{y.data(), s->address + 1024, 400});
    EXPECT_TRUE(reach(*stream, 4));
    EXPECT_EQ(y, std::vector<float>(100, 7));
    return was_compiled;
  }

  const own_cache cache_;
};

TEST_F(program_binaries_test, TheNextContextTakesTheDriversBinary) {
  const compiled text;
  EXPECT_TRUE(is_compiled(text));
  EXPECT_EQ(cache_.entries().size(), 1u);
  EXPECT_FALSE(is_compiled(text));
  EXPECT_TRUE(is_compiled(compiled(source, "-D A=1"))) << "other options";
  EXPECT_TRUE(is_compiled(compiled(std::string(source) + " "))) << "another text";
  EXPECT_FALSE(is_compiled(text));
}

TEST_F(program_binaries_test, AnotherDriversBinaryIsNotTaken) {
  const compiled text;
  EXPECT_TRUE(is_compiled(text));
  for (const std::uint32_t what : {driver_version, platform_name}) {
    failingOpenCLText(what, "7.0");
    EXPECT_TRUE(is_compiled(text));
    EXPECT_FALSE(is_compiled(text));
    failingOpenCLText(0, nullptr);
    EXPECT_FALSE(is_compiled(text));
  }
  failingOpenCLText(driver_version, "");
  EXPECT_TRUE(is_compiled(text));
  EXPECT_TRUE(is_compiled(text)) << "nobody could tell whose it is";
  failingOpenCLText(0, nullptr);
}

TEST_F(program_binaries_test, ADamagedEntryIsCompiledAgain) {
  const compiled text;
  EXPECT_TRUE(is_compiled(text));
  const auto entry = cache_.entries().at(0);
  std::ifstream in(entry, std::ios::binary);
  std::vector<char> bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  in.close();
  ASSERT_GT(bytes.size(), 200u);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  std::ofstream(entry, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  EXPECT_TRUE(is_compiled(text));
  EXPECT_FALSE(is_compiled(text));
}

TEST_F(program_binaries_test, WhatTheDriverRefusesIsCompiledAgain) {
  const compiled text;
  EXPECT_TRUE(is_compiled(text));
  failingOpenCLScript("clCreateProgramWithBinary", 1, -42, false);
  EXPECT_TRUE(is_compiled(text));
  failingOpenCLScript("clBuildProgram", 1, -11, false);
  EXPECT_TRUE(is_compiled(text));
  EXPECT_EQ(failingOpenCLCounts().failed, 1u);
  EXPECT_FALSE(is_compiled(text));
}

TEST_F(program_binaries_test, WithoutABinaryOrACacheItIsCompiledEachTime) {
  const compiled text;
  failingOpenCLScript("clGetProgramInfo", 1, -30, false);
  EXPECT_TRUE(is_compiled(text));
  EXPECT_TRUE(cache_.entries().empty());
  ::setenv("DOTCOMPUTE_CACHE_SIZE", "0", 1);
  EXPECT_TRUE(is_compiled(text));
  EXPECT_TRUE(is_compiled(text));
  ::unsetenv("DOTCOMPUTE_CACHE_SIZE");
}

TEST_F(program_binaries_test, TextsThatIncludeFilesAreNotKept) {
  const auto header = std::filesystem::temp_directory_path() / ("dotcompute-" + std::to_string(::getpid()) + ".h");
  std::ofstream(header) << "/* nothing */\n";
  for (const char* const directive : {"#include", "# inc\\\nlude"}) {
    const compiled text(std::string(directive) + " \"" + header.string() + "\"\n" + source);
    EXPECT_TRUE(is_compiled(text));
    EXPECT_TRUE(is_compiled(text));
  }
  std::filesystem::remove(header);
  EXPECT_TRUE(cache_.entries().empty());
}

} // namespace
} // namespace dotcompute::opencl::test

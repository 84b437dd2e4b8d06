// SPDX-License-Identifier: MIT
// Launches: every work-item once, the shape that kernels see, local sizes, limits.
#include "runtime_fixture.hpp"

#include <numeric>

namespace dotcompute::test {
namespace {

class launch : public runtime {
 protected:
  queue q{dev};

  std::vector<std::uint64_t> shape_of(const nd_range& range) {
    buffer<std::uint64_t> out(dev, 16);
    q.launch(kernels.kernel("shape"), range, out).wait();
    return out.to_vector();
  }
};

TEST_F(launch, FlatKernelRunsEveryWorkItem) {
  for (const std::size_t n : {1u, 15u, 16u, 17u, 255u, 1000u, 4097u, 1u << 20, (1u << 20) + 3}) {
    std::vector<float> in(n);
    std::iota(in.begin(), in.end(), 1.0f);
    buffer<float> x(dev, in), y(dev, n);
    q.launch(kernels.kernel("scale"), n, x, y, 2.0f).wait();
    const auto result = y.map();
    for (std::size_t i = 0; i < n; ++i)
      ASSERT_EQ(result[i], 2.0f * in[i]) << i << " of " << n;
  }
}

TEST_F(launch, OffsetShiftsGlobalIds) {
  std::vector<float> in(100, 1.0f);
  buffer<float> x(dev, in), y(dev, 100);
  q.launch(kernels.kernel("scale"), nd_range(10).offset(50), x, y, 3.0f).wait();
  const auto result = y.to_vector();
  for (std::size_t i = 0; i < 100; ++i)
    EXPECT_EQ(result[i], i >= 50 && i < 60 ? 3.0f : 0.0f) << i;
}

TEST_F(launch, EveryWorkGroupRunsOnceWhateverItsCost) {
  for (const std::uint64_t groups : {1u, 2u, 7u, 64u, 1000u}) {
    for (const unsigned work : {0u, 50u}) {
      buffer<unsigned> counters(dev, groups);
      // Twice: the first launch is unmeasured and shared differently from the second.
      for (int i = 0; i < 2; ++i)
        q.launch(kernels.kernel("count"), nd_range(groups * 4).local(4), counters, work).wait();
      for (const unsigned c : counters.to_vector())
        ASSERT_EQ(c, 2u);
    }
  }
}

TEST_F(launch, WorkGroupsOfThreeDimensionsRunOnce) {
  buffer<unsigned> counters(dev, 5 * 7 * 3);
  for (int i = 0; i < 3; ++i)
    q.launch(kernels.kernel("count"), nd_range({10, 21, 12}).local({2, 3, 4}), counters, 20u).wait();
  for (const unsigned c : counters.to_vector())
    ASSERT_EQ(c, 3u);
}

TEST_F(launch, KernelSeesTheShape) {
  EXPECT_EQ(shape_of(nd_range({8, 6}).local({4, 3}).offset({1, 2})),
            (std::vector<std::uint64_t>{2, 8, 6, 1, 1, 2, 0, 4, 3, 1, 2, 2, 1, 0, 0, 0}));
}

// More ranges than are remembered, in turn and again: each launch is of its own.
TEST_F(launch, ManyRangesTakeTurns) {
  const std::uint64_t height = 4;
  for (std::uint64_t turn = 0; turn < 3; ++turn)
    for (std::uint64_t i = 1; i <= 20; ++i) {
      const std::uint64_t width = 6 * i, local = i % 2 == 0 ? 3 : 6;
      EXPECT_EQ(
          shape_of(nd_range({width, height}).local({local, 2}).offset({i, turn})),
          (std::vector<std::uint64_t>{2, width, height, 1, i, turn, 0, local, 2, 1, width / local, 2, 1, 0, 0, 0}));
      const auto chosen = shape_of({width, height});
      EXPECT_EQ(chosen[1], width);
      EXPECT_EQ(chosen[4], 0u);
      EXPECT_EQ(chosen[7] * chosen[10], width);
      EXPECT_EQ(shape_of(width)[0], 1u) << "another number of dimensions";
    }
  buffer<std::uint64_t> out(dev, 16);
  const auto far = nd_range(6).offset((std::uint64_t{1} << 62) + 1);
  EXPECT_EQ(failure_of([&] { q.launch(kernels.kernel("shape"), far, out); }).code(), error_code::invalid_range);
}

TEST_F(launch, ChosenLocalSizeDividesAndFillsVectors) {
  const auto local = [this](const nd_range& range) {
    const auto s = shape_of(range);
    return std::array<std::uint64_t, 3>{s[7], s[8], s[9]};
  };
  EXPECT_EQ(local(1024), (std::array<std::uint64_t, 3>{256, 1, 1}));
  EXPECT_EQ(local(7), (std::array<std::uint64_t, 3>{7, 1, 1}));
  EXPECT_EQ(local(1009), (std::array<std::uint64_t, 3>{1, 1, 1})) << "a prime beyond 256 has no other divisor";
  const auto plane = local({48, 48});
  EXPECT_EQ(plane[0] % 16, 0u);
  EXPECT_EQ(48 % plane[0], 0u);
  EXPECT_EQ(48 % plane[1], 0u);
  EXPECT_GE(plane[0] * plane[1], 64u);
  EXPECT_LE(plane[0] * plane[1], 256u);
}

TEST_F(launch, LocalBlocksFollowStaticMemoryAligned) {
  buffer<std::uint64_t> out(dev, 3);
  q.launch(kernels.kernel("locals"), nd_range(64).local(8), local_memory{100}, local_memory::of<float>(50), out).wait();
  EXPECT_EQ(out.to_vector(), (std::vector<std::uint64_t>{128, 256, 0})) << "100 static bytes come first";
}

TEST_F(launch, WrongShapesAreTypedErrors) {
  buffer<std::uint64_t> out(dev, 16);
  const kernel shape = kernels.kernel("shape");
  const auto attempt = [&](const nd_range& range) { return failure_of([&] { q.launch(shape, range, out); }); };
  EXPECT_EQ(attempt(0).code(), error_code::invalid_range);
  EXPECT_EQ(attempt({4, 0}).code(), error_code::invalid_range);
  EXPECT_EQ(attempt(nd_range(10).local(4)).code(), error_code::invalid_local_size);
  EXPECT_EQ(attempt(nd_range(10).local(0)).code(), error_code::invalid_local_size);
  EXPECT_EQ(attempt({std::uint64_t{1} << 40, std::uint64_t{1} << 40}).code(), error_code::invalid_range);
  const error too_large = attempt(nd_range(8192).local(8192));
  EXPECT_EQ(too_large.code(), error_code::limit_exceeded);
  EXPECT_NE(too_large.message().find("max_work_item_sizes[0] of 4096"), std::string::npos) << too_large.what();
  const error too_many = attempt(nd_range({4096, 2}).local({4096, 2}));
  EXPECT_EQ(too_many.code(), error_code::limit_exceeded);
  EXPECT_NE(too_many.message().find("max_work_group_size of 4096"), std::string::npos) << too_many.what();
  EXPECT_EQ(failure_of([] { nd_range range(-1); }).code(), error_code::invalid_range);
  const error local = failure_of(
      [&] { q.launch(kernels.kernel("locals"), 8, local_memory{64}, local_memory{std::size_t{1} << 40}, out); });
  EXPECT_EQ(local.code(), error_code::limit_exceeded);
  EXPECT_NE(local.message().find("local_memory_bytes"), std::string::npos);
}

TEST_F(launch, RequiredLocalSizeIsEnforcedAndUsed) {
  compiler::result r = hand_written_result();
  for (auto& k : r.kernels)
    if (k.name == "shape") k.required_local_size = {8, 2, 1};
  const program required = program::from_binary(dev, compiler::encode(r));
  buffer<std::uint64_t> out(dev, 16);
  q.launch(required.kernel("shape"), {16, 4}, out).wait();
  EXPECT_EQ(out.to_vector()[7], 8u);
  EXPECT_EQ(out.to_vector()[8], 2u);
  const error other = failure_of([&] { q.launch(required.kernel("shape"), nd_range({16, 4}).local({4, 4}), out); });
  EXPECT_EQ(other.code(), error_code::invalid_local_size);
  EXPECT_NE(other.message().find("requires 8x2x1"), std::string::npos) << other.what();
  EXPECT_EQ(failure_of([&] {
              q.launch(required.kernel("shape"), {12, 4}, out);
            }).code(),
            error_code::invalid_local_size);
}

TEST_F(launch, CodeForOtherLocalSizesNeedsASource) {
  compiler::result r = hand_written_result();
  for (auto& e : r.entries)
    e.local_size = {8, 1, 1};
  const program fixed = program::from_binary(dev, compiler::encode(r));
  buffer<std::uint64_t> out(dev, 16);
  q.launch(fixed.kernel("shape"), nd_range(64).local(8), out).wait();
  EXPECT_EQ(out.to_vector()[7], 8u);
  EXPECT_EQ(failure_of([&] { q.launch(fixed.kernel("shape"), nd_range(64).local(4), out); }).code(),
            error_code::unsupported);
}

TEST(printing, ReachesTheReceiverWholeCallsAtATime) {
  std::string text;
  open_options options;
  options.print = [&text](std::string_view line) { text += line; };
  const device dev = device::open("cpu", options);
  const program kernels = program::from_binary(dev, compiler::encode(hand_written_result()));
  queue q(dev);
  q.launch(kernels.kernel("announce"), 1, 7);
  q.launch(kernels.kernel("announce"), 1, -8);
  q.finish();
  EXPECT_EQ(text, "value 7 of kernel\nvalue -8 of kernel\n");
}

TEST(binaries, DamagedOnesAreRefused) {
  const device dev = device::open("cpu");
  std::vector<std::byte> artifact = compiler::encode(hand_written_result());
  EXPECT_EQ(failure_of([&] { program::from_binary(dev, std::span(artifact).first(artifact.size() / 2)); }).code(),
            error_code::invalid_binary);
  EXPECT_EQ(failure_of([&] { program::from_binary(dev, {}); }).code(), error_code::invalid_binary);
  compiler::result missing = hand_written_result();
  missing.entries[0].symbol = "no_such_symbol";
  const error e = failure_of([&] { program::from_binary(dev, compiler::encode(missing)); });
  EXPECT_EQ(e.code(), error_code::invalid_binary);
  EXPECT_NE(e.message().find("no_such_symbol"), std::string::npos);
  compiler::result garbage = hand_written_result();
  garbage.binary.assign(100, std::byte{7});
  EXPECT_EQ(failure_of([&] { program::from_binary(dev, compiler::encode(garbage)); }).code(),
            error_code::invalid_binary);
}

TEST(binaries, ManyLiveSideBySide) {
  const device dev = device::open("cpu");
  queue q(dev);
  std::vector<program> all;
  for (int i = 0; i < 20; ++i) {
    compiler::result r = hand_written_result();
    r.print_formats[0] = std::to_string(i);
    all.push_back(program::from_binary(dev, compiler::encode(r)));
  }
  all.erase(all.begin(), all.begin() + 10);
  buffer<float> x(dev, std::vector<float>{3}), y(dev, 1);
  for (const program& p : all)
    q.launch(p.kernel("scale"), 1, x, y, 2.0f).wait();
  EXPECT_EQ(y.to_vector()[0], 6.0f);
}

TEST(programs, NamesWhatIsMissing) {
  const device dev = device::open("cpu");
  const program p = program::from_binary(dev, compiler::encode(hand_written_result()));
  const error e = failure_of([&] { p.kernel("nothing"); });
  EXPECT_EQ(e.code(), error_code::kernel_not_found);
  EXPECT_NE(e.message().find("empty, scale"), std::string::npos) << e.what();
  EXPECT_EQ(p.kernels().size(), hand_written_result().kernels.size());
  EXPECT_EQ(p.kernel("scale").signature(), "kernel void scale(global const float* x, global float* y, float factor)");
  EXPECT_EQ(failure_of([&] { program::from_embedded(dev, "none.cl"); }).code(), error_code::embedded_not_found);
  EXPECT_EQ(failure_of([&] { program::from_file(dev, "/nowhere/none.cl"); }).code(), error_code::file_not_found);
  EXPECT_EQ(failure_of([] { program().kernels(); }).code(), error_code::invalid_handle);
  EXPECT_EQ(failure_of([] { kernel().name(); }).code(), error_code::invalid_handle);
}

} // namespace
} // namespace dotcompute::test

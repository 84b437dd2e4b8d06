// SPDX-License-Identifier: MIT
#include "compiler/cache/artifact.hpp"
#include "compiler/cache/byte_stream.hpp"
#include "compiler/cache/host_identity.hpp"
#include "compiler/cache/precompiled.hpp"
#include "sample_results.hpp"

#include <gtest/gtest.h>

#include <random>

namespace dotcompute::faults {
namespace {

using namespace compiler;

TEST(artifact, request_comes_back_as_it_was) {
  const request r = sample_request();
  request back;
  std::string why;
  ASSERT_TRUE(decode(encode(r), back, why)) << why;
  EXPECT_EQ(back.source, r.source);
  EXPECT_EQ(back.file_name, r.file_name);
  EXPECT_EQ(back.options, r.options);
  EXPECT_EQ(back.target, r.target);
  EXPECT_EQ(back.emit, r.emit);
  EXPECT_EQ(back.specialize, r.specialize);
  EXPECT_EQ(back.any_local_size, r.any_local_size);

  request gpu = r;
  gpu.target = cuda_target{103};
  gpu.emit = stage::cuda;
  ASSERT_TRUE(decode(encode(gpu), back, why)) << why;
  EXPECT_EQ(back.target, gpu.target);
  EXPECT_EQ(back.emit, gpu.emit);

  request other = r;
  other.target = opencl_target{true, true};
  ASSERT_TRUE(decode(encode(other), back, why)) << why;
  EXPECT_EQ(back.target, other.target);
}

TEST(artifact, result_comes_back_as_it_was) {
  result r = sample_result();
  r.included_files.push_back({"/a/b.h", {1, ~0ull}});
  result back;
  std::string why;
  ASSERT_TRUE(decode(encode(r), back, why)) << why;
  EXPECT_TRUE(same(r, back));
  result empty;
  ASSERT_TRUE(decode(encode(empty), back, why)) << why;
  EXPECT_TRUE(same(empty, back));
}

TEST(artifact, every_cut_is_noticed) {
  const auto bytes = encode(sample_result(50));
  result back;
  std::string why;
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    ASSERT_FALSE(decode(std::span(bytes).first(n), back, why)) << n;
    ASSERT_FALSE(why.empty());
  }
}

TEST(artifact, every_changed_bit_is_noticed) {
  auto bytes = encode(sample_result(20));
  result back;
  std::string why;
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    bytes[i / 8] ^= static_cast<std::byte>(1u << (i % 8));
    ASSERT_FALSE(decode(bytes, back, why)) << "bit " << i;
    bytes[i / 8] ^= static_cast<std::byte>(1u << (i % 8));
  }
}

TEST(artifact, kinds_do_not_mix) {
  result back;
  request asked;
  std::string why;
  EXPECT_FALSE(decode(encode(sample_request()), back, why));
  EXPECT_NE(why.find("kind"), std::string::npos);
  EXPECT_FALSE(decode(encode(sample_result()), asked, why));
}

TEST(artifact, other_version_is_refused_by_name) {
  auto bytes = encode(sample_result());
  bytes[4] = static_cast<std::byte>(artifact_version + 1);
  result back;
  std::string why;
  EXPECT_FALSE(decode(bytes, back, why));
  EXPECT_NE(why.find("version"), std::string::npos) << why;
}

/// With a right checksum around wrong fields, only the field checks stand between the bytes and the reader.
TEST(artifact, random_payloads_with_right_checksums_never_read_outside) {
  std::mt19937_64 random(7);
  const auto good = encode(sample_result(40));
  unsigned accepted = 0;
  for (unsigned round = 0; round < 20000; ++round) {
    std::vector<std::byte> payload(good.begin() + artifact_header_bytes, good.end());
    for (unsigned changes = 1 + random() % 4; changes != 0; --changes) {
      payload[random() % payload.size()] = static_cast<std::byte>(random());
    }
    if (random() % 4 == 0) payload.resize(random() % payload.size());
    // Exactly as large as the bytes are, so that a sanitiser sees the first byte read past them.
    const std::vector<std::byte> bytes = seal(artifact_kind::result, payload);
    result back;
    std::string why;
    if (decode(bytes, back, why)) ++accepted;
  }
  // Changes inside texts and numbers are legal values; changes of lengths are not.
  EXPECT_GT(accepted, 0u);
  EXPECT_LT(accepted, 20000u);
}

TEST(artifact, huge_counts_ask_for_no_memory) {
  byte_writer w;
  w.boolean(true);
  w.text("");
  w.varint(UINT64_MAX); // as many diagnostics
  result back;
  std::string why;
  EXPECT_FALSE(decode(seal(artifact_kind::result, w.view()), back, why));
  byte_writer overlong;
  for (unsigned i = 0; i < 11; ++i)
    overlong.byte(0x80);
  byte_reader in(overlong.view());
  EXPECT_EQ(in.varint(), 0u);
  EXPECT_TRUE(in.failed());
}

TEST(artifact, precompiled_program_chooses_the_first_variant_that_runs_here) {
  precompiled_program p;
  p.source = "kernel void scale(global float* x) { }";
  p.file_name = "scale.cl";
  for (const char* cpu : {"mars-9000", "native", "generic"}) {
    precompiled_program::variant v;
    v.target.cpu = cpu;
    v.host = "some other machine";
    v.parts.push_back({std::nullopt, sample_result(10)});
    v.parts.push_back({specialization{"scale", {8, 1, 1}}, sample_result(11)});
    p.variants.push_back(v);
  }
  precompiled_program back;
  std::string why;
  ASSERT_TRUE(decode(encode(p), back, why)) << why;
  ASSERT_EQ(back.variants.size(), 3u);
  ASSERT_NE(back.choose(), nullptr);
  EXPECT_EQ(back.choose()->target.cpu, "generic");
  EXPECT_TRUE(same(back.variants[1].parts[1].outcome, sample_result(11)));
  const request asked = back.asked(back.variants[2], back.variants[2].parts[1]);
  EXPECT_EQ(std::get<cpu_target>(asked.target).cpu, "generic");
  EXPECT_EQ(asked.specialize, (specialization{"scale", {8, 1, 1}}));
  back.variants[1].host = host_identity();
  EXPECT_EQ(back.choose()->target.cpu, "native");
  back.variants.resize(1);
  EXPECT_EQ(back.choose(), nullptr);

  auto bytes = encode(p);
  for (std::size_t n = 0; n < bytes.size(); n += 3)
    ASSERT_FALSE(decode(std::span(bytes).first(n), back, why));
}

} // namespace
} // namespace dotcompute::faults

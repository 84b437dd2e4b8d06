// SPDX-License-Identifier: MIT
#include "../temporary_folder.hpp"
#include "compiler/cache/included_files.hpp"
#include "compiler/cache/memory_cache.hpp"
#include "compiler/cache/request_key.hpp"
#include "sample_results.hpp"

#include <cstdlib>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>
#include <unistd.h>

namespace dotcompute::faults {
namespace {

using namespace compiler;

std::shared_ptr<const result> shared_sample(std::size_t bytes = 1000) {
  return std::make_shared<result>(sample_result(bytes));
}

TEST(memory_cache, gives_what_was_stored) {
  memory_cache cache(1 << 20);
  EXPECT_EQ(cache.find({1, 2}), nullptr);
  const auto value = shared_sample();
  cache.store({1, 2}, value);
  EXPECT_EQ(cache.find({1, 2}), value);
  EXPECT_EQ(cache.find({2, 1}), nullptr);
  const auto other = shared_sample();
  cache.store({1, 2}, other);
  EXPECT_EQ(cache.find({1, 2}), other);
  EXPECT_EQ(cache.count(), 1u);
}

TEST(memory_cache, least_recently_used_leaves_first) {
  const std::size_t each = footprint(*shared_sample());
  memory_cache cache(3 * each);
  for (std::uint64_t i = 0; i < 3; ++i)
    cache.store({0, i}, shared_sample());
  EXPECT_NE(cache.find({0, 0}), nullptr);
  cache.store({0, 3}, shared_sample());
  EXPECT_EQ(cache.find({0, 1}), nullptr);
  EXPECT_NE(cache.find({0, 0}), nullptr);
  EXPECT_NE(cache.find({0, 2}), nullptr);
  EXPECT_NE(cache.find({0, 3}), nullptr);
  EXPECT_EQ(cache.bytes(), 3 * each);
  cache.store({0, 4}, shared_sample(100000)); // never fits, and drives nothing out
  EXPECT_EQ(cache.find({0, 4}), nullptr);
  EXPECT_EQ(cache.count(), 3u);
}

TEST(memory_cache, a_changed_include_is_a_miss) {
  test::temporary_folder folder;
  const std::string path = folder / "constants.h";
  std::ofstream(path) << "#define N 1\n";
  result r = sample_result();
  r.included_files.push_back({path, digest_of(std::string_view("#define N 1\n"))});
  memory_cache cache(1 << 20);
  cache.store({5, 5}, std::make_shared<result>(r));
  EXPECT_NE(cache.find({5, 5}), nullptr);
  EXPECT_NE(cache.find({5, 5}), nullptr);
  std::ofstream(path) << "#define N 2\n"; // same size, within the clock tick of the first
  EXPECT_EQ(cache.find({5, 5}), nullptr);
  EXPECT_EQ(cache.count(), 0u);
  cache.store({5, 5}, std::make_shared<result>(r));
  std::filesystem::remove(path);
  EXPECT_EQ(cache.find({5, 5}), nullptr);
}

TEST(memory_cache, many_threads) {
  memory_cache cache(20 * footprint(*shared_sample()));
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (std::uint64_t i = 0; i < 2000; ++i) {
        const digest key{t % 2, i % 40};
        if (const auto found = cache.find(key))
          EXPECT_EQ(found->binary.size(), 1000u);
        else
          cache.store(key, shared_sample());
      }
    });
  }
  for (auto& t : threads)
    t.join();
  EXPECT_LE(cache.count(), 20u);
}

TEST(request_key, every_field_counts) {
  const request base = sample_request();
  std::vector<request> others(14, base);
  others[0].source += ' ';
  others[1].file_name = "b.cl";
  others[2].options.clear();
  std::get<cpu_target>(others[3].target).cpu = "x86-64-v4";
  std::get<cpu_target>(others[4].target).features.clear();
  std::get<cpu_target>(others[5].target).lanes = 4;
  others[6].emit = stage::ir;
  others[7].specialize->local_size[2] = 2;
  others[8].specialize.reset();
  others[9].target = cuda_target{80};
  others[10].target = cuda_target{90};
  others[11].target = opencl_target{};
  others[12].target = opencl_target{true, false};
  others[13].target = opencl_target{true, true};
  std::set<digest> keys{request_key(base)};
  for (const request& r : others)
    keys.insert(request_key(r));
  EXPECT_EQ(keys.size(), 15u);
  EXPECT_EQ(request_key(base), request_key(sample_request()));
}

TEST(request_key, a_cubin_is_named_for_the_nvrtc_that_makes_it_and_its_text_is_not) {
  request r = sample_request();
  r.target = cuda_target{90};
  const char* const before = std::getenv("DOTCOMPUTE_NVRTC");
  const std::string kept = before ? before : "";
  const auto key_with = [&](const char* nvrtc) {
    setenv("DOTCOMPUTE_NVRTC", nvrtc, 1);
    return request_key(r);
  };
  // Any two files stand for two libraries: the name is of the file, and nothing is loaded.
  EXPECT_NE(key_with("/proc/self/exe"), key_with("/nowhere"));
  r.emit = stage::cuda;
  EXPECT_EQ(key_with("/proc/self/exe"), key_with("/nowhere"));
  before ? setenv("DOTCOMPUTE_NVRTC", kept.c_str(), 1) : unsetenv("DOTCOMPUTE_NVRTC");
}

TEST(request_key, options_that_change_the_arithmetic_of_a_cubin_count) {
  request r = sample_request();
  r.target = cuda_target{90};
  std::set<digest> keys;
  for (const char* const options :
       {"", "-cl-denorms-are-zero", "-cl-mad-enable", "-cl-unsafe-math-optimizations", "-cl-fast-relaxed-math"}) {
    r.options = options;
    keys.insert(request_key(r));
  }
  EXPECT_EQ(keys.size(), 5u);
}

TEST(request_key, fields_do_not_run_together) {
  request a, b;
  a.source = "ab";
  a.file_name = "c";
  b.source = "a";
  b.file_name = "bc";
  EXPECT_NE(request_key(a), request_key(b));
}

TEST(request_key, the_flag_for_any_local_size_means_nothing_once_specialised) {
  request a = sample_request(), b = a;
  b.any_local_size = !a.any_local_size;
  EXPECT_EQ(request_key(a), request_key(b));
  a.specialize.reset();
  b.specialize.reset();
  EXPECT_NE(request_key(a), request_key(b));
}

TEST(request_key, the_working_folder_counts_only_for_sources_that_may_include) {
  const std::filesystem::path before = std::filesystem::current_path();
  test::temporary_folder folder;
  const request plain = sample_request(), including = sample_request("#include \"a.h\"\n");
  const digest plain_before = request_key(plain), including_before = request_key(including);
  std::filesystem::current_path(folder.path());
  const digest plain_after = request_key(plain), including_after = request_key(including);
  std::filesystem::current_path(before);
  EXPECT_EQ(plain_before, plain_after);
  EXPECT_NE(including_before, including_after);
}

TEST(request_key, a_source_may_include_whatever_way_it_is_spelled) {
  for (const char* text : {"#include <a>", "#  include_next <a>", "#inc\\\nlude <a>", "#i\\\r\nn\\ \nclude <a>"})
    EXPECT_TRUE(may_include_files(text, "")) << text;
  EXPECT_TRUE(may_include_files("", "-include a.h"));
  for (const char* text : {"", "\\", "#inc lude <a>", "#inc\\x\nlude", "x = '\\n';"})
    EXPECT_FALSE(may_include_files(text, "-I /a")) << text;
}

TEST(digest, hexadecimal_is_high_word_first) {
  EXPECT_EQ(to_hex({0x0123456789abcdefull, 0xfedcba9876543210ull}), "0123456789abcdeffedcba9876543210");
  // XXH3-128 of nothing, as the xxHash specification's test vectors have it.
  EXPECT_EQ(to_hex(digest_of(std::string_view())), "99aa06d3014798d86001c324468d497f");
}

} // namespace
} // namespace dotcompute::faults

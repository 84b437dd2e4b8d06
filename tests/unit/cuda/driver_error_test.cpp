// SPDX-License-Identifier: MIT
#include "drivers/cuda/driver_error.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace dotcompute::cuda {
namespace {

/// Every CUresult of the CUDA Driver API reference 13.0, by what a caller can do.
const std::map<int, error_class> documented = [] {
  std::map<int, error_class> m;
  const auto add = [&](error_class kind, std::initializer_list<int> numbers) {
    for (const int n : numbers)
      EXPECT_TRUE(m.emplace(n, kind).second) << n;
  };
  add(error_class::transient, {46, 600, 802, 805, 807, 909, 916});
  add(error_class::resource, {2, 205, 304, 711, 808, 809});
  add(error_class::programmer, {1,   5,   6,   7,   8,   34,  36,  100, 101, 102, 200, 209, 215, 217, 218,
                                219, 221, 222, 223, 224, 225, 300, 301, 302, 303, 500, 701, 712, 720, 800,
                                801, 803, 804, 811, 812, 900, 901, 902, 903, 904, 905, 906, 907, 908, 912});
  add(error_class::device_lost,
      {4, 214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721, 806, 810, 911});
  add(error_class::fatal, {3,   201, 202, 206, 207, 208, 210, 211, 212, 213, 216, 400,
                           401, 402, 703, 704, 705, 708, 713, 910, 913, 914, 915, 999});
  return m;
}();

TEST(driver_error, EveryDocumentedResultHasItsClass) {
  EXPECT_EQ(result_meanings().size(), documented.size());
  for (const auto& [number, kind] : documented) {
    const result_meaning& m = meaning_of(static_cast<result>(number));
    EXPECT_EQ(static_cast<int>(m.number), number);
    EXPECT_EQ(m.kind, kind) << m.name;
  }
}

TEST(driver_error, EveryResultSaysWhatToDo) {
  std::set<std::string> names;
  for (const auto& m : result_meanings()) {
    EXPECT_EQ(std::string(m.name).rfind("CUDA_ERROR_", 0), 0u) << m.name;
    EXPECT_TRUE(names.insert(m.name).second) << m.name;
    ASSERT_GT(std::string(m.remedy).size(), 5u) << m.name;
    EXPECT_EQ(std::string(m.remedy).back(), '.') << m.name;
    EXPECT_EQ(m.kind == error_class::device_lost, m.code == error_code::device_lost) << m.name;
  }
}

TEST(driver_error, UnknownNumbersAreFatal) {
  for (const int number : {-1, 9, 33, 227, 722, 917, 998, 1000, 10000}) {
    EXPECT_EQ(meaning_of(static_cast<result>(number)).kind, error_class::fatal) << number;
    const error e = make_error(static_cast<result>(number), "cuStreamQuery", nullptr, "cuda:0", "look");
    EXPECT_NE(std::string(e.what()).find(std::to_string(number)), std::string::npos) << e.what();
  }
}

TEST(driver_error, SaysAllThatIsKnown) {
  const error e = make_error(result::illegal_address, "cuStreamQuery", nullptr, "cuda:3", "run 'blur'");
  const std::string text = e.what();
  for (const char* part : {"cuStreamQuery", "CUDA_ERROR_ILLEGAL_ADDRESS", "(700)", "cuda:3", "run 'blur'"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  EXPECT_EQ(e.code(), error_code::device_lost);
  EXPECT_FALSE(e.remedy().empty());
}

} // namespace
} // namespace dotcompute::cuda

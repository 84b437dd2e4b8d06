// SPDX-License-Identifier: MIT
// Errors, processor budget, in-memory libraries, devices.
#include "drivers/cpu/range_cutter.hpp"
#include "runtime_fixture.hpp"
#include "support/dynamic_library.hpp"
#include "support/processor_budget.hpp"

#include <filesystem>
#include <set>
#include <sstream>

#include <unistd.h>

namespace dotcompute::test {
namespace {

/// A folder with the given files, removed at the end.
class file_tree {
 public:
  file_tree(std::initializer_list<std::pair<const char*, const char*>> files) {
    for (const auto& [path, text] : files) {
      const std::string name = path;
      std::filesystem::create_directories((root_ + name).substr(0, (root_ + name).rfind('/')));
      std::ofstream(root_ + name) << text;
    }
  }
  ~file_tree() { std::filesystem::remove_all(root_); }
  const std::string& root() const { return root_; }

 private:
  std::string root_ =
      (std::filesystem::temp_directory_path() / ("dotcompute-tree-" + std::to_string(::getpid()))).string();
};

TEST(processor_budget, CgroupVersion2) {
  const file_tree tree{{"/proc/self/cgroup", "0::/a/b\n"},
                       {"/sys/fs/cgroup/cpu.max", "max 100000\n"},
                       {"/sys/fs/cgroup/a/cpu.max", "50000 100000\n"},
                       {"/sys/fs/cgroup/a/b/cpu.max", "150000 100000\n"},
                       {"/sys/fs/cgroup/a/memory.max", "1000000\n"},
                       {"/sys/fs/cgroup/a/b/memory.max", "max\n"}};
  const processor_budget budget = read_processor_budget(tree.root());
  ASSERT_TRUE(budget.quota.has_value());
  EXPECT_DOUBLE_EQ(*budget.quota, 0.5) << "the tightest on the way counts";
  EXPECT_EQ(budget.threads, 1u);
  EXPECT_EQ(read_memory_limit(tree.root()), 1000000u);
}

TEST(processor_budget, CgroupVersion1) {
  const file_tree tree{{"/proc/self/cgroup", "4:cpu,cpuacct:/x\n3:memory:/x\n"},
                       {"/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "120000\n"},
                       {"/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us", "100000\n"},
                       {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n"},
                       {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"},
                       {"/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"}};
  const processor_budget budget = read_processor_budget(tree.root());
  ASSERT_TRUE(budget.quota.has_value());
  EXPECT_DOUBLE_EQ(*budget.quota, 1.2);
  EXPECT_EQ(budget.threads, std::min<std::size_t>(budget.allowed.size(), 2)) << "1.2 processors keep two threads busy";
  EXPECT_FALSE(read_memory_limit(tree.root()).has_value()) << "version 1 writes a huge number for none";
}

TEST(processor_budget, WithoutCgroupsAffinityCounts) {
  const file_tree tree{{"/proc/self/cgroup", ""}};
  const processor_budget budget = read_processor_budget(tree.root());
  EXPECT_FALSE(budget.quota.has_value());
  EXPECT_EQ(budget.threads, budget.allowed.size());
}

TEST(error, SaysEverythingInOneText) {
  const error e(error_code::limit_exceeded, "too large", {"cpu:0", 3, "launch kernel 'k'", "Use less."});
  EXPECT_STREQ(e.what(), "launch kernel 'k' on cpu:0 (generation 3): too large [programmer/limit_exceeded]. Use less.");
  EXPECT_EQ(e.generation(), 3u);
  const error copy = e;
  EXPECT_STREQ(copy.what(), e.what());
  EXPECT_EQ(copy.remedy(), "Use less.");
}

TEST(error, UnknownCodesAreFatalAndDeadlinesAreNot) {
  EXPECT_EQ(default_class(error_code::unknown), error_class::fatal);
  EXPECT_EQ(default_class(static_cast<error_code>(999)), error_class::fatal);
  EXPECT_EQ(to_string(static_cast<error_code>(999)), "unknown");
  EXPECT_EQ(default_class(error_code::deadline_exceeded), error_class::transient);
  EXPECT_EQ(default_class(error_code::out_of_memory), error_class::resource);
  EXPECT_EQ(default_class(error_code::device_lost), error_class::device_lost);
  EXPECT_EQ(default_class(error_code::argument_type), error_class::programmer);
}

TEST(dynamic_library, LoadsOneObjectManyTimesApart) {
  const auto bytes = read_bytes(hand_written_kernels());
  const dynamic_library a = dynamic_library::from_bytes("a", bytes), b = dynamic_library::from_bytes("b", bytes);
  ASSERT_NE(a.find("kernel_empty"), nullptr);
  EXPECT_NE(a.find("kernel_empty"), b.find("kernel_empty"));
  EXPECT_EQ(a.find("no_such_symbol"), nullptr);
  EXPECT_EQ(failure_of([] { dynamic_library::open("libnowhere.so.7"); }).code(), error_code::file_not_found);
}

TEST(range_cutter, BoxesCoverTheRangeOnce) {
  for (const std::array<std::uint64_t, 3> size :
       {std::array<std::uint64_t, 3>{1, 1, 1}, {1000, 1, 1}, {3, 5, 7}, {1, 1, 100}, {300, 2, 1}, {17, 40, 2}})
    for (const std::uint64_t wanted : {1u, 2u, 7u, 64u, 100000u})
      for (const std::uint64_t granule : {1u, 256u}) {
        const auto c = cpu::range_cutter::cut(size, wanted, granule);
        std::set<std::array<std::uint64_t, 3>> seen;
        for (std::uint64_t i = 0; i < c.count(); ++i) {
          const cpu::launch_range r = c.at(i);
          ASSERT_EQ(r.begin[0] % granule, 0u);
          for (std::uint64_t z = r.begin[2]; z < r.end[2]; ++z)
            for (std::uint64_t y = r.begin[1]; y < r.end[1]; ++y)
              for (std::uint64_t x = r.begin[0]; x < r.end[0]; ++x)
                ASSERT_TRUE(seen.insert({x, y, z}).second);
        }
        ASSERT_EQ(seen.size(), size[0] * size[1] * size[2]);
        if (granule == 1) {
          ASSERT_LE(c.count(), 4 * wanted);
        }
      }
}

TEST(devices, DescribeThisMachine) {
  const auto all = devices();
  ASSERT_FALSE(all.empty());
  // Graphics processors may come before it.
  const auto cpu = std::find_if(all.begin(), all.end(), [](const device_info& d) { return d.id == "cpu:0"; });
  ASSERT_NE(cpu, all.end());
  EXPECT_EQ(cpu->properties.backend, "cpu");
  EXPECT_GE(cpu->properties.compute_units.value_or(0), 1u);
  EXPECT_EQ(cpu->properties.max_work_item_dimensions, 3u);
  EXPECT_GT(cpu->properties.global_memory_bytes.value_or(0), 0u);
  std::ostringstream text;
  capabilities unread;
  unread.backend = "none";
  text << unread;
  EXPECT_NE(text.str().find("clock MHz: unknown"), std::string::npos);
  EXPECT_NE(text.str().find("fp64: unknown"), std::string::npos);
}

TEST(devices, OpenBySelector) {
  EXPECT_EQ(device::open("best").id(), devices().front().id);
  for (const char* selector : {"cpu", "cpu:0"})
    EXPECT_EQ(device::open(selector).id(), "cpu:0");
  const error e = failure_of([] { device::open("cuda:99"); });
  EXPECT_EQ(e.code(), error_code::device_not_found);
  EXPECT_NE(e.message().find("cpu:0"), std::string::npos);
  open_options options;
  options.threads = 3;
  EXPECT_EQ(device::open("cpu", options).threads(), 3u);
  options.threads = 1'000'000;
  EXPECT_EQ(failure_of([&] { device::open("cpu", options); }).code(), error_code::invalid_argument);
}

TEST(known, PrintsWhatItKnows) {
  std::ostringstream text;
  text << known<int>(7) << ' ' << known<int>() << ' ' << known<bool>(true);
  EXPECT_EQ(text.str(), "7 unknown yes");
  EXPECT_NE(known<int>(0), known<int>()) << "unknown is not zero";
}

} // namespace
} // namespace dotcompute::test

// SPDX-License-Identifier: MIT
// The allocator against a model that remembers every block. DOTCOMPUTE_MODEL_OPERATIONS sets how many operations are
// tried in all; the default takes seconds, 1000000000 some five minutes.
#include "memory/offset_allocator.hpp"

#include <dotcompute/error.hpp>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

namespace dotcompute::memory::test {
namespace {

TEST(size_bins, EverySizeIsInTheBinThatSaysSo) {
  std::uint64_t before = 0;
  for (std::uint32_t bin = 1; bin < size_bins::count; ++bin) {
    const std::uint64_t smallest = size_bins::smallest(bin);
    ASSERT_GT(smallest, before);
    before = smallest;
    if (smallest > 0xffffffff) continue;
    ASSERT_EQ(size_bins::of_block(static_cast<std::uint32_t>(smallest)), bin);
    if (smallest > 1) {
      ASSERT_EQ(size_bins::of_block(static_cast<std::uint32_t>(smallest - 1)), bin - 1);
    }
    ASSERT_EQ(size_bins::that_fits(static_cast<std::uint32_t>(smallest)), bin);
  }
}

RC_GTEST_PROP(size_bins, FittingBinsFit, (std::uint32_t units)) {
  RC_PRE(units > 0);
  const std::uint32_t bin = size_bins::that_fits(units);
  RC_ASSERT(bin == size_bins::count || size_bins::smallest(bin) >= units);
  RC_ASSERT(size_bins::smallest(size_bins::of_block(units)) <= units);
}

/// Live blocks by place, and what should be free. Says what is wrong, or nothing.
class model {
 public:
  std::string add_segment(offset_allocator& a, std::uint64_t bytes) {
    const std::uint32_t s = a.add_segment(bytes);
    if (!segments_.emplace(s, bytes).second) return "a segment's number was given out twice";
    free_ += bytes;
    return check(a);
  }
  std::string remove_segment(offset_allocator& a) {
    const std::uint32_t s = a.find_unused_segment();
    bool expected = false;
    for (const auto& [number, bytes] : segments_)
      expected = expected || live_.lower_bound({number, 0}) == live_.lower_bound({number + 1, 0});
    if (expected != (s != offset_allocator::none)) return "find_unused_segment() is wrong";
    if (s == offset_allocator::none) return {};
    a.remove_segment(s);
    free_ -= segments_.at(s);
    segments_.erase(s);
    used_end_.erase(s);
    return check(a);
  }
  std::string allocate(offset_allocator& a, std::uint64_t bytes, std::uint64_t alignment) {
    const auto p = a.allocate(bytes, alignment);
    if (p.node == offset_allocator::none)
      return could_fit(bytes, alignment) ? "a request failed that would have fitted" : "";
    if (p.bytes < bytes || p.bytes >= bytes + granule || p.bytes % granule != 0) return "a block of another size";
    if (p.offset % alignment != 0) return "a block that is not aligned";
    const auto segment = segments_.find(p.segment);
    if (segment == segments_.end() || p.offset + p.bytes > segment->second) return "a block outside its segment";
    const auto behind = live_.lower_bound({p.segment, p.offset});
    if (behind != live_.end() && behind->first.first == p.segment && behind->first.second < p.offset + p.bytes)
      return "a block that overlaps the one behind it";
    if (behind != live_.begin())
      if (const auto before = std::prev(behind);
          before->first.first == p.segment && before->first.second + before->second.bytes > p.offset)
        return "a block that overlaps the one before it";
    auto& used = used_end_[p.segment];
    const std::uint64_t dirty = used > p.offset ? std::min(used - p.offset, p.bytes) : 0;
    if (p.used_bytes != dirty) return "what is fresh and what was used is confused";
    used = std::max(used, p.offset + p.bytes);
    live_[{p.segment, p.offset}] = {p.node, p.bytes};
    nodes_.push_back({p.segment, p.offset});
    free_ -= p.bytes;
    return check(a);
  }
  std::string free(offset_allocator& a, std::size_t which) {
    if (nodes_.empty()) return {};
    which %= nodes_.size();
    const auto place = nodes_[which];
    nodes_[which] = nodes_.back();
    nodes_.pop_back();
    const auto found = live_.find(place);
    const auto where = a.where(found->second.node);
    if (where.segment != place.first || where.offset != place.second || where.bytes != found->second.bytes)
      return "where() tells another place";
    a.free(found->second.node);
    free_ += found->second.bytes;
    live_.erase(found);
    return check(a);
  }
  std::size_t live() const { return nodes_.size(); }

 private:
  struct block {
    std::uint32_t node;
    std::uint64_t bytes;
  };

  std::string check(const offset_allocator& a) const {
    const auto f = a.read_figures();
    std::uint64_t reserved = 0;
    for (const auto& [number, bytes] : segments_)
      reserved += bytes;
    if (f.free != free_) return "bytes were lost";
    if (f.reserved != reserved || f.segments != segments_.size()) return "segments were lost";
#if !defined(NDEBUG)
    return a.find_contradiction();
#else
    return {};
#endif
  }
  /// By looking at every gap: only asked when a request failed.
  bool could_fit(std::uint64_t bytes, std::uint64_t alignment) const {
    const auto fits = [&](std::uint64_t from, std::uint64_t to) {
      const std::uint64_t aligned = (from + alignment - 1) / alignment * alignment;
      return aligned + bytes <= to;
    };
    for (const auto& [number, size] : segments_) {
      std::uint64_t end = 0;
      for (auto b = live_.lower_bound({number, 0}); b != live_.end() && b->first.first == number; ++b) {
        if (fits(end, b->first.second)) return true;
        end = b->first.second + b->second.bytes;
      }
      if (fits(end, size)) return true;
    }
    return false;
  }

  std::map<std::uint32_t, std::uint64_t> segments_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, block> live_;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> nodes_;
  std::map<std::uint32_t, std::uint64_t> used_end_;
  std::uint64_t free_ = 0;
};

struct step {
  std::uint8_t what = 0;
  std::uint32_t size = 0, which = 0;
};
std::ostream& operator<<(std::ostream& out, const step& s) {
  return out << "{" << int(s.what) << ", " << s.size << ", " << s.which << "}";
}

std::string apply(const step& s, offset_allocator& a, model& m, std::uint64_t largest) {
  switch (s.what % 32) {
  case 0: return m.add_segment(a, (1 + s.size % (largest / granule)) * granule);
  case 1: return m.remove_segment(a);
  default:
    if (s.what % 32 >= 17) return m.free(a, s.which);
    const std::uint64_t alignment = s.what % 32 == 2 ? granule << s.which % 6 : granule;
    // All sizes by their logarithm, as programs ask for them.
    const double power = 8.0 + (s.size % 1024) / 1024.0 * std::log2(static_cast<double>(largest) / 256);
    return m.allocate(a, static_cast<std::uint64_t>(std::exp2(power)) + s.which % 256, alignment);
  }
}

RC_GTEST_PROP(offset_allocator, KeepsEveryPromise, ()) {
  const auto steps = *rc::gen::container<std::vector<step>>(
      rc::gen::build<step>(rc::gen::set(&step::what), rc::gen::set(&step::size, rc::gen::arbitrary<std::uint32_t>()),
                           rc::gen::set(&step::which)));
  offset_allocator a;
  model m;
  RC_ASSERT(m.add_segment(a, 64 * granule) == "");
  for (const step& s : steps) {
    const std::string wrong = apply(s, a, m, 64 * granule);
    RC_ASSERT(wrong == "");
    RC_ASSERT(a.find_contradiction() == "");
  }
}

// The same in bulk: RapidCheck chooses the shape of a run, a generator of numbers its steps.
TEST(offset_allocator, KeepsEveryPromiseForLong) {
  const char* const asked = std::getenv("DOTCOMPUTE_MODEL_OPERATIONS");
#if !defined(NDEBUG)
  const std::uint64_t usual = 100'000; // everything is checked after every step
#else
  const std::uint64_t usual = 10'000'000;
#endif
  const std::uint64_t all = asked ? std::strtoull(asked, nullptr, 10) : usual;
  std::uint64_t done = 0;
  for (std::uint64_t seed = 1; done < all; ++seed) {
    const auto run = [&] {
      std::mt19937_64 random(seed);
      const std::uint64_t largest = granule << (2 + random() % 16);
      const std::uint64_t length = std::min<std::uint64_t>(all - done, 1000 + random() % 50'000);
      offset_allocator a;
      model m;
      ASSERT_EQ(m.add_segment(a, largest), "");
      for (std::uint64_t i = 0; i < length; ++i, ++done) {
        const std::uint64_t r = random();
        const step s{static_cast<std::uint8_t>(r), static_cast<std::uint32_t>(r >> 8),
                     static_cast<std::uint32_t>(r >> 40)};
        const std::string wrong = apply(s, a, m, largest);
        ASSERT_EQ(wrong, "") << "seed " << seed << ", step " << i;
        if (i % 8192 == 0) {
          ASSERT_EQ(a.find_contradiction(), "") << "seed " << seed << ", step " << i;
        }
      }
      while (m.live() != 0)
        ASSERT_EQ(m.free(a, random()), "");
      ASSERT_EQ(a.find_contradiction(), "");
      const auto f = a.read_figures();
      ASSERT_EQ(f.unused_segments, f.reserved) << "everything was freed, so everything must be whole again";
    };
    ASSERT_NO_FATAL_FAILURE(run());
  }
}

TEST(offset_allocator, RefusesWhatIsNotInUse) {
  offset_allocator a;
  a.add_segment(1 << 20);
  const auto p = a.allocate(1000);
  a.free(p.node);
  EXPECT_THROW(a.free(p.node), error);
  EXPECT_THROW(a.free(12345), error);
  EXPECT_THROW(a.where(p.node), error);
  EXPECT_THROW(a.add_segment(100), error) << "no multiple of the granule";
  const auto q = a.allocate(1000);
  EXPECT_THROW(a.remove_segment(q.segment), error);
  EXPECT_EQ(a.find_contradiction(), "");
}

TEST(offset_allocator, AbsurdRequestsFailWithoutHarm) {
  offset_allocator a;
  a.add_segment(1 << 20);
  EXPECT_EQ(a.allocate(~std::uint64_t{0}).node, offset_allocator::none);
  EXPECT_EQ(a.allocate(1, std::uint64_t{1} << 63).node, offset_allocator::none);
  EXPECT_EQ(a.allocate(offset_allocator::largest_segment).node, offset_allocator::none);
  EXPECT_EQ(a.find_contradiction(), "");
}

TEST(offset_allocator, KnowsWhatIsFresh) {
  offset_allocator a;
  a.add_segment(64 * granule);
  const auto first = a.allocate(4 * granule);
  EXPECT_EQ(first.used_bytes, 0u);
  a.free(first.node);
  EXPECT_EQ(a.allocate(6 * granule).used_bytes, 4 * granule) << "the front was used, the rest never";
}

} // namespace
} // namespace dotcompute::memory::test

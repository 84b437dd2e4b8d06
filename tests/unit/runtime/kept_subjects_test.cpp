// SPDX-License-Identifier: MIT
#include "execution/kept_subjects.hpp"

#include <gtest/gtest.h>

namespace dotcompute::execution {
namespace {

class subject final : public launch_subject {
 public:
  std::shared_ptr<const void> owner() const override { return held; }
  std::string describe() const override { return "a subject"; }
  const digest& content() const override { return none_; }
  std::string describe_arguments(const std::byte*) const override { return {}; }

  std::shared_ptr<const int> held = std::make_shared<int>(0);
  /// Beside its own.
  long owners() const { return held.use_count() - 1; }

 private:
  digest none_{};
};

command launch_of(const subject& s, std::uint64_t number) {
  command c;
  c.subject = &s;
  c.number = number;
  return c;
}

TEST(kept_subjects, a_row_of_launches_counts_one_owner_until_its_last_is_done) {
  const subject a;
  kept_subjects kept;
  for (std::uint64_t number = 1; number <= 10; ++number)
    kept.keep(launch_of(a, number));
  EXPECT_EQ(a.owners(), 1);
  kept.take_done(9);
  EXPECT_EQ(a.owners(), 1);
  kept.take_done(10);
  EXPECT_EQ(a.owners(), 0);
}

TEST(kept_subjects, each_row_ends_by_itself) {
  const subject a, b;
  kept_subjects kept;
  kept.keep(launch_of(a, 1));
  kept.keep(launch_of(b, 2));
  kept.keep(launch_of(a, 3));
  kept.keep({}); // a copy
  EXPECT_EQ(a.owners(), 2);
  kept.take_done(1);
  EXPECT_EQ(a.owners(), 1);
  EXPECT_EQ(b.owners(), 1);
  kept.take_done(2);
  EXPECT_EQ(a.owners(), 1);
  EXPECT_EQ(b.owners(), 0);
  kept.keep(launch_of(a, 5));
  kept.take_done(4);
  EXPECT_EQ(a.owners(), 1);
  kept.take_done(5);
  EXPECT_EQ(a.owners(), 0);
}

TEST(kept_subjects, what_is_taken_is_let_go_of_by_the_caller) {
  const subject a;
  kept_subjects kept;
  kept.keep(launch_of(a, 1));
  {
    const kept_subjects taken = kept.take_done(1);
    EXPECT_EQ(a.owners(), 1);
  }
  EXPECT_EQ(a.owners(), 0);
}

} // namespace
} // namespace dotcompute::execution

// SPDX-License-Identifier: MIT
// A GPU does not say whose kernel failed: of several that ran, the culprit is found by running them again one at a
// time, and the others succeed.
#include "isolated_device.hpp"

#include <algorithm>
#include <csignal>
#include <set>
#include <thread>

namespace dotcompute::test {
namespace {

// Gates run until the host opens them, and give the same result when they run again; so does wild_while.
constexpr const char* gated_source = R"(
kernel void gate(global const volatile int* open, global volatile int* begun, global int* y) {
  begun[0] = 1;
  while (open[0] == 0) {}
  y[0] = 5;
}
kernel void gate_in_place(global const volatile int* open, global volatile int* begun, global int* y) {
  begun[0] = 1;
  while (open[0] == 0) {}
  y[0] += 5;
}
kernel void wild_while(global const volatile int* faulty, global int* x) {
  if (faulty[0]) *(global int*)((ulong)x + (1ul << 44)) = 7;
  x[0] = 6;
}
kernel void wild_in_place(global int* x) {
  x[0] += 1;
  *(global int*)((ulong)x + (1ul << 44)) = 7;
}
kernel void wild_gate(global const volatile int* open, global volatile int* begun, global int* x) {
  begun[0] = 1;
  while (open[0] == 0) {}
  *(global int*)((ulong)x + (1ul << 44)) = 7;
}
kernel void five(global int* y) { y[0] = 5; }
kernel void add_one(global int* x) { x[get_global_id(0)] += 1; }
)";

class culprit : public isolated_device {
 protected:
  static open_options strict() {
    open_options o = options();
    o.refuse_after = 1; // whoever is counted is refused at once
    return o;
  }
  explicit culprit(const open_options& how = strict()) : isolated_device(device_id(), how, gated_source) {
    open.span()[0] = 0;
    faulty.span()[0] = 1;
  }

  buffer<int> open = buffer<int>::host_shared(dev, 1), faulty = buffer<int>::host_shared(dev, 1);
  buffer<int> x = filled(16, 3);

  void open_gates() { *static_cast<volatile int*>(open.span().data()) = 1; }

  struct gated {
    queue q;
    buffer<int> begun, y;
    event done;
  };
  /// A queue whose kernel runs until gates are opened; it has begun.
  gated start_gate(const std::string& name, const char* kernel = "gate") {
    gated g{queue(dev, {.name = name}), buffer<int>::host_shared(dev, 1), filled(1, 2), {}};
    g.begun.span()[0] = 0;
    g.done = g.q.launch(kernels.kernel(kernel), {1}, open, g.begun, g.y);
    await_begun(g);
    return g;
  }
  static void await_begun(const gated& g) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (*static_cast<volatile int*>(g.begun.span().data()) == 0) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::sleep_for(1ms);
    }
  }
  event launch_wild(queue& q) { return q.launch(kernels.kernel("wild_while"), {1}, faulty, x); }

  /// The report of the recovery, once the search for its culprit is over.
  recovery_report searched(std::size_t recovery, std::chrono::seconds time = 10s) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    for (;;) {
      recovery_report r = dev.recoveries().at(recovery);
      if (r.search != culprit_search::under_way || std::chrono::steady_clock::now() >= deadline) return r;
      std::this_thread::sleep_for(1ms);
    }
  }
};

class culprit_among : public culprit, public ::testing::WithParamInterface<int> {};

TEST_P(culprit_among, is_found_and_the_others_succeed) {
  const int queues = GetParam();
  for (int place = 0; place < queues; ++place) { // of the faulty one among them
    SCOPED_TRACE(place);
    open.span()[0] = 0;
    const std::uint64_t before = dev.recovery_count();
    std::vector<gated> innocent;
    for (int i = 0; i < place; ++i)
      innocent.push_back(start_gate("innocent"));
    queue failing(dev, {.name = "failing"});
    for (int i = place + 1; i < queues; ++i)
      innocent.push_back(start_gate("innocent"));
    const event crash = launch_wild(failing);
    ASSERT_TRUE(dev.await_recoveries(before + 1, 20s));
    open_gates();
    for (gated& g : innocent) {
      EXPECT_NO_THROW(g.q.finish());
      EXPECT_EQ(contents(g.y), std::vector<int>{5});
      EXPECT_FALSE(g.y.is_suspect());
    }
    const error e = failure(crash);
    EXPECT_EQ(e.code(), error_code::kernel_crashed) << e.what();
    EXPECT_NE(e.message().find("wild_while"), std::string::npos) << e.what();
    EXPECT_TRUE(x.is_suspect());

    const recovery_report first = searched(before), second = dev.recoveries().at(before + 1);
    EXPECT_EQ(first.search, culprit_search::found);
    EXPECT_EQ(first.commands_suspected, static_cast<std::uint64_t>(queues));
    EXPECT_EQ(first.commands_repeated, static_cast<std::uint64_t>(queues));
    EXPECT_TRUE(first.failed.empty());
    EXPECT_EQ(second.search, culprit_search::not_needed);
    EXPECT_EQ(second.commands_suspected, 1u);
    ASSERT_EQ(second.failed.size(), 1u);
    EXPECT_TRUE(second.failed[0].is_culprit);
    EXPECT_EQ(second.failed[0].queue, "failing");
    EXPECT_EQ(second.generation, first.generation + 1);
    EXPECT_EQ(dev.recovery_count(), before + 2);
    const auto refused = dev.refused_kernels();
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].faults, 1u);
    EXPECT_TRUE(dev.pardon(refused[0].content));
  }
}
INSTANTIATE_TEST_SUITE_P(queues, culprit_among, ::testing::Values(2, 3, 4));

class culprit_with_two_spares : public culprit {
 protected:
  static open_options two_spares() {
    open_options o = strict();
    o.spares = 2;
    return o;
  }
  culprit_with_two_spares() : culprit(two_spares()) {}
};

TEST_F(culprit_with_two_spares, is_found_without_waiting_for_a_worker) {
  std::this_thread::sleep_for(is_cpu() ? 600ms : 3000ms); // until both are ready
  gated innocent = start_gate("innocent");
  queue failing(dev, {.name = "failing"});
  const event crash = launch_wild(failing);
  ASSERT_TRUE(dev.await_recoveries(1, 20s));
  open_gates();
  EXPECT_NO_THROW(innocent.q.finish());
  EXPECT_EQ(failure(crash).code(), error_code::kernel_crashed);
  EXPECT_EQ(searched(0).search, culprit_search::found);
  const auto recoveries = dev.recoveries();
  ASSERT_EQ(recoveries.size(), 2u);
  for (const recovery_report& r : recoveries) {
    EXPECT_TRUE(r.used_spare) << r.symptom;
    std::cout << "resumed " << static_cast<double>(r.resumed.count()) / 1e6 << " ms after it was known\n";
  }
}

TEST_F(culprit, is_found_among_the_commands_of_one_queue) {
  queue q(dev);
  const buffer<int> y = filled(1, 2), z = filled(1, 2), begun = buffer<int>::host_shared(dev, 1);
  const event before = q.launch(kernels.kernel("gate"), {1}, open, begun, y);
  const event crash = launch_wild(q);
  const event after = q.launch(kernels.kernel("five"), {1}, z);
  std::this_thread::sleep_for(50ms); // until all are on the device
  open_gates();
  EXPECT_EQ(failure(crash).code(), error_code::kernel_crashed);
  EXPECT_NO_THROW(before.wait());
  EXPECT_EQ(failure(after).code(), error_code::earlier_command_failed);
  EXPECT_THROW(q.finish(), error);
  EXPECT_EQ(contents(y), std::vector<int>{5});
  EXPECT_TRUE(x.is_suspect());
  EXPECT_TRUE(dev.recoveries().back().failed.at(0).is_culprit);
}

TEST_F(culprit, is_found_before_commands_that_cannot_run_again) {
  queue q(dev, {.on_failure = after_failure::go_on});
  const buffer<int> y = filled(1, 2);
  const event before = q.launch(kernels.kernel("gate"), {1}, open, buffer<int>::host_shared(dev, 1), y);
  const event crash = launch_wild(q);
  const event after = q.launch(kernels.kernel("add_one"), {x.size()}, x);
  std::this_thread::sleep_for(50ms); // until all are on the device
  open_gates();
  EXPECT_EQ(failure(crash).code(), error_code::kernel_crashed);
  EXPECT_NO_THROW(before.wait());
  EXPECT_EQ(failure(after).code(), error_code::interrupted);
  EXPECT_THROW(q.finish(), error);
  const auto all = dev.recoveries();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_GE(all[0].commands_repeated, 1u); // and the gate, unless its end had become known
  ASSERT_EQ(all[0].failed.size(), 1u);
  EXPECT_TRUE(all[0].failed[0].is_suspected);
  EXPECT_TRUE(all[1].failed.at(0).is_culprit);
}

TEST_F(culprit, what_runs_too_long_is_told_from_what_ended_before_it) {
  queue q(dev, {.time_limit = 300ms});
  const buffer<int> y = filled(1, 2), z = filled(1, 2);
  const event before = q.launch(kernels.kernel("five"), {1}, z);
  const event hung = q.launch(kernels.kernel("gate"), {1}, open, buffer<int>::host_shared(dev, 1), y);
  EXPECT_EQ(failure(hung).code(), error_code::kernel_hung);
  EXPECT_NO_THROW(before.wait());
  EXPECT_THROW(q.finish(), error);
  EXPECT_TRUE(dev.recoveries().back().failed.at(0).is_culprit);
  EXPECT_NE(dev.refused_kernels().at(0).what.find("gate"), std::string::npos);
}

TEST_F(culprit, a_suspect_that_cannot_run_again_is_interrupted) {
  gated in_place = start_gate("in place", "gate_in_place"), innocent = start_gate("innocent");
  queue failing(dev);
  const event crash = launch_wild(failing);
  const error e = failure(in_place.done);
  EXPECT_EQ(e.code(), error_code::interrupted) << e.what();
  EXPECT_EQ(e.kind(), error_class::transient);
  EXPECT_NE(e.message().find("one of 3 commands"), std::string::npos) << e.what();
  open_gates();
  EXPECT_EQ(failure(crash).code(), error_code::kernel_crashed);
  EXPECT_NO_THROW(innocent.q.finish());
  EXPECT_TRUE(in_place.y.is_suspect());
  const recovery_report r = searched(0);
  EXPECT_EQ(r.search, culprit_search::found);
  ASSERT_EQ(r.failed.size(), 1u);
  EXPECT_TRUE(r.failed[0].is_suspected);
  EXPECT_FALSE(r.failed[0].is_culprit);
  EXPECT_EQ(dev.refused_kernels().size(), 1u);
}

TEST_F(culprit, is_not_looked_for_when_no_suspect_can_run_again) {
  gated a = start_gate("a", "gate_in_place"), b = start_gate("b", "gate_in_place");
  queue failing(dev);
  failing.launch(kernels.kernel("wild_in_place"), {1}, x);
  for (gated* g : {&a, &b})
    EXPECT_EQ(failure(g->done).code(), error_code::interrupted);
  EXPECT_EQ(thrown_by([&] { failing.finish(); }).code(), error_code::interrupted);
  const recovery_report r = dev.recoveries().at(0);
  EXPECT_EQ(r.search, culprit_search::not_repeatable);
  EXPECT_EQ(r.commands_suspected, 3u);
  EXPECT_EQ(std::count_if(r.failed.begin(), r.failed.end(), [](const auto& f) { return f.is_suspected; }), 3);
  EXPECT_TRUE(dev.refused_kernels().empty());
  // Alone, it is known.
  failing.launch(kernels.kernel("wild_in_place"), {1}, x);
  EXPECT_EQ(thrown_by([&] { failing.finish(); }).code(), error_code::kernel_crashed);
  EXPECT_EQ(dev.refused_kernels().size(), 1u);
}

TEST_F(culprit, is_unknown_when_the_fault_does_not_show_again) {
  gated innocent = start_gate("innocent"); // tried first, and for as long as the gate is closed
  queue failing(dev);
  const event crash = launch_wild(failing);
  ASSERT_TRUE(dev.await_recoveries(1, 20s));
  faulty.span()[0] = 0;
  open_gates();
  EXPECT_NO_THROW(crash.wait());
  EXPECT_NO_THROW(innocent.done.wait());
  EXPECT_EQ(contents(x)[0], 6);
  const recovery_report r = searched(0);
  EXPECT_EQ(r.search, culprit_search::not_again);
  EXPECT_EQ(dev.recovery_count(), 1u);
  EXPECT_TRUE(dev.refused_kernels().empty());
}

TEST_F(culprit, queues_made_meanwhile_wait_and_lose_nothing) {
  gated innocent = start_gate("innocent");
  queue failing(dev);
  const event crash = launch_wild(failing);
  ASSERT_TRUE(dev.await_recoveries(1, 20s));
  const buffer<int> y(dev, 1 << 10);
  queue made(dev);
  made.fill(y, 3);
  const event added = made.launch(kernels.kernel("add_one"), {y.size()}, y);
  EXPECT_FALSE(added.wait_for(100ms));
  open_gates();
  EXPECT_NO_THROW(made.finish());
  EXPECT_EQ(contents(y), std::vector<int>(y.size(), 4));
  EXPECT_EQ(failure(crash).code(), error_code::kernel_crashed);
  EXPECT_EQ(dev.recoveries().at(1).commands_suspected, 1u);
  EXPECT_EQ(dev.recovery_count(), 2u);
}

TEST_F(culprit, a_reset_breaks_the_search_off) {
  gated innocent = start_gate("innocent");
  queue failing(dev);
  const event crash = launch_wild(failing);
  ASSERT_TRUE(dev.await_recoveries(1, 20s));
  const reset_result r = dev.reset(reset_options::after_error());
  EXPECT_EQ(r.replacement->commands_failed, 2u);
  EXPECT_EQ(failure(innocent.done).code(), error_code::cancelled);
  EXPECT_EQ(failure(crash).code(), error_code::cancelled);
  EXPECT_TRUE(x.is_suspect()); // the kernel had run before, if only in part
  EXPECT_EQ(dev.recoveries().at(0).search, culprit_search::broken_off);
  EXPECT_THROW(innocent.q.finish(), error);
  innocent.q.launch(kernels.kernel("five"), {1}, innocent.y);
  EXPECT_NO_THROW(innocent.q.finish());
}

TEST_F(culprit, the_search_goes_on_after_another_fault) {
  gated innocent = start_gate("innocent");
  queue failing(dev);
  const event crash = launch_wild(failing);
  ASSERT_TRUE(dev.await_recoveries(1, 20s));
  ::kill(static_cast<pid_t>(*dev.worker_process()), SIGKILL);
  ASSERT_TRUE(dev.await_recoveries(2, 20s));
  open_gates();
  EXPECT_NO_THROW(innocent.done.wait());
  EXPECT_EQ(failure(crash).code(), error_code::kernel_crashed);
  EXPECT_EQ(searched(0).search, culprit_search::found);
  const auto all = dev.recoveries();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[1].cause, recovery_cause::worker_died);
  EXPECT_EQ(all[1].commands_suspected, 0u);
  EXPECT_TRUE(all[2].failed.at(0).is_culprit);
}

TEST_F(culprit, a_search_that_takes_too_long_holds_nobody_up) {
  gated innocent = start_gate("innocent");
  queue failing(dev), other(dev);
  const event crash = launch_wild(failing);
  ASSERT_TRUE(dev.await_recoveries(1, 20s));
  faulty.span()[0] = 0;
  const auto began = std::chrono::steady_clock::now();
  const buffer<int> y(dev, 1);
  EXPECT_TRUE(other.fill(y, 1).wait_for(10s));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 4s);
  EXPECT_EQ(searched(0).search, culprit_search::broken_off);
  open_gates();
  EXPECT_NO_THROW(crash.wait());
  EXPECT_NO_THROW(innocent.done.wait());
}

class culprits : public culprit {
 protected:
  static open_options three() {
    open_options o = options();
    o.refuse_after = 3;
    return o;
  }
  culprits() : culprit(three()) {}
};

TEST_F(culprits, the_same_kernel_on_every_queue_is_refused_after_the_third) {
  std::vector<gated> all;
  for (int i = 0; i < 4; ++i)
    all.push_back(start_gate("queue " + std::to_string(i), "wild_gate"));
  open_gates();
  std::multiset<error_code> codes;
  for (const gated& g : all)
    codes.insert(failure(g.done).code());
  EXPECT_EQ(codes.count(error_code::kernel_crashed), 3u);
  EXPECT_EQ(codes.count(error_code::kernel_refused), 1u);
  EXPECT_EQ(dev.recovery_count(), 4u); // one that named nobody, and three
  for (const gated& g : all)
    EXPECT_TRUE(g.y.is_suspect());
}

} // namespace
} // namespace dotcompute::test

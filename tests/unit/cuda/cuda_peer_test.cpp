// SPDX-License-Identifier: MIT
// Copies between devices, with two GPUs of the fake libcuda: directly where the patterns arrive, else through the host.
#include "cuda_fixture.hpp"

#include <dotcompute/dotcompute.hpp>

#include <numeric>
#include <optional>

namespace dotcompute::cuda::test {
namespace {

[[maybe_unused]] const int environment =
    ::setenv("DOTCOMPUTE_LIBCUDA", FAKE_CUDA, 1) | ::setenv("FAKE_CUDA_DEVICES", "2", 1);

class cuda_peer_test : public testing::Test {
 protected:
  void SetUp() override { control("clear"); }
  void TearDown() override {
    control("clear");
    // The last of a copy's own queue may go on a thread of the device's.
    for (int i = 0; i < 2000 && counts().contexts != 0; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    expect_nothing_left();
  }
  static device open(const std::string& selector) {
    return device::open(selector, {.start_compiler = false, .isolation = isolation::none}); // contexts are counted here
  }

  static std::vector<int> numbers(std::size_t count, int first) {
    std::vector<int> all(count);
    std::iota(all.begin(), all.end(), first);
    return all;
  }
  /// There and back on queues of both; true when every number arrived.
  static bool arrives(const device& here, const device& there, std::size_t count) {
    queue q(here), far(there);
    const auto sent = numbers(count, 7);
    buffer<int> a(here, count), b(there, count), c(here, count), d(there, count);
    q.write(a, sent);
    const event copied = q.copy(a, b); // out, by the source's queue
    far.wait(copied);
    const event back = far.copy(b, c); // in, by the source's queue
    q.wait(back);
    const event again = q.copy(b, c); // in, by the destination's
    q.fill(a, 0);
    far.wait(again);
    far.copy(c, d).wait(); // out, by the destination's
    q.finish();
    far.finish();
    return b.to_vector() == sent && c.to_vector() == sent && d.to_vector() == sent &&
           a.to_vector() == std::vector<int>(count, 0);
  }
};

constexpr std::size_t several_pieces = (20 << 20) / sizeof(int) + 3;

TEST_F(cuda_peer_test, CopiesGoDirectlyWherePatternsArrive) {
  const device a = open("cuda:0"), b = open("cuda:1");
  buffer<int> early(a, 1 << 20); // a segment that was there before
  const peer_access found = a.access_to(b);
  EXPECT_TRUE(found.is_direct) << found.reason;
  EXPECT_EQ(found.reason, "");
  EXPECT_TRUE(b.access_to(a).is_direct);
  EXPECT_TRUE(a.access_to(a).is_direct);
  buffer<int> late(b, 1 << 20);
  queue q(a), far(b);
  const auto sent = numbers(1 << 20, 3);
  q.write(early, sent).wait();
  // Each by the copy engine of a device that has access to the other's segment only since then.
  const auto before = counts().host_allocations;
  far.copy(early, late).wait();
  EXPECT_EQ(counts().host_allocations, before) << "nothing was staged";
  EXPECT_EQ(late.to_vector(), sent);
  EXPECT_TRUE(arrives(a, b, several_pieces));
}

TEST_F(cuda_peer_test, WhatTheDriverRefusesGoesThroughTheHost) {
  control("peers refused");
  const device a = open("cuda:0"), b = open("cuda:1");
  const peer_access found = a.access_to(b);
  EXPECT_FALSE(found.is_direct);
  EXPECT_NE(found.reason.find("cuda:0 has no access to cuda:1"), std::string::npos) << found.reason;
  EXPECT_EQ(b.access_to(a).reason, found.reason);
  EXPECT_TRUE(arrives(a, b, several_pieces));
  EXPECT_TRUE(arrives(b, a, 1));
}

TEST_F(cuda_peer_test, AccessThatIsGrantedAndWrongIsNotBelieved) {
  control("peers lie");
  const device a = open("cuda:0"), b = open("cuda:1");
  const peer_access found = a.access_to(b);
  EXPECT_FALSE(found.is_direct);
  EXPECT_NE(found.reason.find("arrived wrong: word "), std::string::npos) << found.reason;
  EXPECT_TRUE(arrives(a, b, several_pieces)) << "a spoilt copy was used";
}

TEST_F(cuda_peer_test, ATrialThatFailsIsMadeAgain) {
  const device a = open("cuda:0"), b = open("cuda:1");
  control("function=cuDeviceCanAccessPeer:nth=2:code=2");
  const peer_access found = a.access_to(b);
  EXPECT_FALSE(found.is_direct);
  EXPECT_NE(found.reason.find("trying it failed: "), std::string::npos) << found.reason;
  EXPECT_TRUE(b.access_to(a).is_direct);
  EXPECT_TRUE(arrives(a, b, 1000));
}

TEST_F(cuda_peer_test, EveryFailureOnTheWayIsAReasonAndLeavesNothingBehind) {
  const device a = open("cuda:0");
  for (const char* const function :
       {"cuDeviceCanAccessPeer", "cuMemHostAlloc", "cuMemHostGetDevicePointer", "cuMemCreate",
        "cuMemExportToShareableHandle", "cuMemAddressReserve", "cuMemMap", "cuMemSetAccess",
        "cuStreamCreateWithPriority", "cuMemsetD8Async", "cuMemcpyAsync", "cuStreamQuery"}) {
    for (const int nth : {1, 2}) {
      SCOPED_TRACE(std::string(function) + " " + std::to_string(nth));
      const device b = open("cuda:1"); // of whom nothing is known
      const fakeCudaCount before = counts();
      control("clear");
      control("function=" + std::string(function) + ":nth=" + std::to_string(nth) + ":code=2");
      const peer_access found = a.access_to(b);
      const bool has_failed = counts().failed != 0;
      control("clear");
      EXPECT_EQ(counts().allocations, before.allocations);
      EXPECT_EQ(counts().mappings, before.mappings);
      EXPECT_EQ(counts().host_allocations, before.host_allocations);
      EXPECT_EQ(counts().streams, before.streams);
      EXPECT_NE(found.is_direct, has_failed) << found.reason;
      if (!has_failed) break;
      ASSERT_FALSE(HasFailure());
    }
  }
}

TEST_F(cuda_peer_test, AProcessorAndAGpuCopyThroughTheHost) {
  const device a = open("cuda:1"), b = open("cpu");
  const peer_access found = a.access_to(b);
  EXPECT_FALSE(found.is_direct);
  EXPECT_FALSE(found.reason.empty());
  EXPECT_TRUE(arrives(a, b, several_pieces));
  EXPECT_TRUE(arrives(b, a, several_pieces));
  EXPECT_TRUE(arrives(open("cpu"), b, 1000));
}

TEST_F(cuda_peer_test, AFailureOnTheWayFailsTheCopy) {
  control("peers refused");
  const device a = open("cuda:0"), b = open("cuda:1");
  for (const after_failure policy : {after_failure::skip, after_failure::go_on}) {
    queue q(a, {.on_failure = policy});
    buffer<int> from(a, several_pieces), to(b, several_pieces);
    q.finish();
    control("function=cuMemcpyAsync:nth=3:code=1");
    const event out = q.copy(from, to);
    EXPECT_THROW(out.wait(), error);
    EXPECT_THROW(q.finish(), error);
    control("clear");
    control("peers refused");
    EXPECT_NO_THROW(q.copy(from, to).wait());
    control("function=cuMemcpyAsync:nth=3:code=1");
    const event in = q.copy(to, from);
    EXPECT_THROW(in.wait(), error);
    control("clear");
    control("peers refused");
  }
}

TEST_F(cuda_peer_test, ALeaseOfTheOtherDeviceKeepsItsBuffers) {
  const device a = open("cuda:0"), b = open("cuda:1");
  lease tenant(b, {.name = "tenant"});
  queue q(a);
  buffer<int> here(a, 4), theirs(tenant.device(), 4);
  for (const bool is_outward : {true, false}) {
    try {
      is_outward ? q.copy(here, theirs) : q.copy(theirs, here);
      FAIL() << "copied";
    } catch (const error& e) {
      EXPECT_EQ(e.code(), error_code::wrong_lease);
    }
  }
}

TEST_F(cuda_peer_test, BuffersOfTwoOtherDevicesAreRefused) {
  const device a = open("cuda:0"), b = open("cuda:1"), c = open("cpu");
  queue q(a);
  buffer<int> there(b, 4), elsewhere(c, 4), here(a, 5);
  try {
    q.copy(there, elsewhere);
    FAIL() << "copied";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::wrong_device);
  }
  EXPECT_THROW(q.copy(there, here), error) << "sizes differ";
}

} // namespace
} // namespace dotcompute::cuda::test

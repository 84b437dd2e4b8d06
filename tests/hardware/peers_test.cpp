// SPDX-License-Identifier: MIT
// Two real GPUs of one machine: what is copied between them arrives, whichever way it goes.
#include "gpu_fixture.hpp"

#include <chrono>
#include <cstdio>
#include <numeric>

namespace dotcompute::hardware {

using Peers = opened_gpu;

TEST_F(Peers, CopiesBetweenTwoGpusArrive) {
  std::size_t gpus = 0;
  for (const device_info& d : devices())
    gpus += d.properties.backend == "cuda";
  if (gpus < 2) GTEST_SKIP() << "this machine has one GPU; copies between two need another";
  const device other = device::open("cuda:1");
  const peer_access found = opened().access_to(other);
  std::printf("copies between cuda:0 and cuda:1 go %s%s\n",
              found.is_direct ? "directly" : "through the host: ", found.reason.c_str());

  const std::size_t count = std::size_t{256} << 18; // 256 MiB
  std::vector<std::uint32_t> sent(count);
  std::iota(sent.begin(), sent.end(), 12345u);
  queue here(opened()), there(other);
  buffer<std::uint32_t> from(opened(), count), to(other, count), back(opened(), count);
  here.write(from, sent).wait();
  struct way {
    const char* name;
    queue* by;
    const buffer<std::uint32_t>*source, *target;
  };
  for (const way& w :
       {way{"cuda:0 to cuda:1, by cuda:0", &here, &from, &to}, way{"cuda:1 to cuda:0, by cuda:1", &there, &to, &back},
        way{"cuda:0 to cuda:1, by cuda:1", &there, &from, &to},
        way{"cuda:1 to cuda:0, by cuda:0", &here, &to, &back}}) {
    (w.target == &to ? there : here).fill(*w.target, 0).wait();
    w.by->copy(*w.source, *w.target).wait();
    EXPECT_TRUE(w.target->to_vector() == sent) << w.name;
    const auto began = std::chrono::steady_clock::now();
    w.by->copy(*w.source, *w.target).wait();
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - began;
    std::printf("%s: %.1f GB/s\n", w.name, static_cast<double>(4 * count) / time.count() / 1e9);
  }
}

} // namespace dotcompute::hardware

// SPDX-License-Identifier: MIT
#include "../cuda/cuda_side.hpp"
#include "../workload.hpp"
#include "benchmark_kernels.hpp"
#include "streams.hpp"
#include "workloads.hpp"

namespace dotcompute::benchmark {

namespace {

constexpr float a0 = 0.5f, b0 = 0.25f, c0 = 2.0f, scalar = 0.4f;
constexpr std::uint64_t items = 256;

struct stream_arrays {
  host_array a, b, c;
};

/// One stream: the kernel, how many arrays it touches, what each element must be afterwards, and the OpenMP loop.
struct stream_kind {
  const char* kernel;
  unsigned arrays;
  char output;
  float expected;
  void (*openmp)(const openmp_peer&, const stream_arrays&, std::size_t);
};

/// Copies `n` floats on the device, which moves two of the `arrays` arrays.
std::function<contestant(cuda_side&)> copy_of(std::size_t n, unsigned arrays, const sizing& scale) {
  return [=](cuda_side& s) {
    auto c = s.copy_on_device(n * sizeof(float), scale.repeats(10));
    c.share = 2.0 / arrays;
    return c;
  };
}

workload make_stream(const stream_kind& kind, const sizing& scale) {
  const unsigned power = scale.choose(16u, 26u, 28u);
  // Not a multiple of anything, where that is not the kernel's business.
  const std::size_t n = (std::size_t{1} << power) + (scale.quick && !scale.gpu ? 3 : 0);
  workload w{kind.kernel,
             std::string(kind.kernel) + " of 2^" + std::to_string(power),
             "bandwidth",
             "GB/s",
             double(n) * sizeof(float) * kind.arrays * 1e-9,
             false,
             1,
             scale.goals({{"openmp", 0.95}}, {{"cuda", 0.98}, {"cuda_memcpy", 0.9}}),
             {},
             {}};
  w.goals.push_back({"opencl_host", like_by_hand});
  w.on_cuda_copy = copy_of(n, kind.arrays, scale);
  const auto check = [=](const float* values) {
    return compare(
        values, n, [=](std::size_t) { return kind.expected; }, 1e-6);
  };
  const unsigned repeats = w.repeats = scale.repeats(10);
  w.on_side = [=](side& s) {
    const auto make = [&](float value) { return s.upload(std::vector<float>(n, value)); };
    const bool uses_a = kind.kernel != std::string("mul"), uses_b = kind.kernel != std::string("copy");
    const bool uses_c = true;
    auto a = uses_a ? make(a0) : nullptr, b = uses_b ? make(b0) : nullptr, c = uses_c ? make(c0) : nullptr;
    call one{kind.kernel, {n}, {}, {}};
    if (kind.kernel == std::string("copy")) one.arguments = {a, c};
    if (kind.kernel == std::string("mul")) one.arguments = {scalar, c, b};
    if (kind.kernel == std::string("add")) one.arguments = {a, b, c};
    if (kind.kernel == std::string("triad")) one.arguments = {scalar, b, c, a};
    auto output = kind.output == 'a' ? a : kind.output == 'b' ? b : c;
    auto run = s.build(kernels::stream, fast_math)->prepare({one}, repeats);
    return contestant{s.name(), run, [=] { return check(download<float>(*output, n).data()); }};
  };
  w.on_openmp = [=](const openmp_peer& peer) {
    const stream_arrays arrays{filled_array(peer, n, a0), filled_array(peer, n, b0), filled_array(peer, n, c0)};
    return contestant{"openmp", [=, &peer] { kind.openmp(peer, arrays, n); },
                      [=] {
                        return check((kind.output == 'a' ? arrays.a : kind.output == 'b' ? arrays.b : arrays.c).get());
                      }};
  };
  return w;
}

} // namespace

workload make_copy(const sizing& scale) {
  return make_stream(
      {"copy", 2, 'c', a0,
       [](const openmp_peer& p, const stream_arrays& s, std::size_t n) { p.copy(s.a.get(), s.c.get(), n); }},
      scale);
}

workload make_mul(const sizing& scale) {
  return make_stream(
      {"mul", 2, 'b', scalar * c0,
       [](const openmp_peer& p, const stream_arrays& s, std::size_t n) { p.mul(scalar, s.c.get(), s.b.get(), n); }},
      scale);
}

workload make_add(const sizing& scale) {
  return make_stream(
      {"add", 3, 'c', a0 + b0,
       [](const openmp_peer& p, const stream_arrays& s, std::size_t n) { p.add(s.a.get(), s.b.get(), s.c.get(), n); }},
      scale);
}

workload make_triad(const sizing& scale) {
  return make_stream({"triad", 3, 'a', b0 + scalar * c0,
                      [](const openmp_peer& p, const stream_arrays& s, std::size_t n) {
                        p.triad(scalar, s.b.get(), s.c.get(), s.a.get(), n);
                      }},
                     scale);
}

workload make_dot(const sizing& scale) {
  const unsigned power = scale.choose(16u, 26u, 28u);
  const std::size_t n = std::size_t{1} << power;
  const std::uint64_t groups = scale.groups();
  // 1/8 * 1/4: every partial sum is exact in float up to 2^19 times that, so only the last additions round.
  const float x = 0.125f, y = 0.25f;
  const double expected = double(n) * x * y;
  const auto check = [=](float result) {
    return compare(
        &result, 1, [=](std::size_t) { return expected; }, 1e-4);
  };
  workload w{"dot",
             "dot of 2^" + std::to_string(power),
             "bandwidth",
             "GB/s",
             double(n) * sizeof(float) * 2 * 1e-9,
             false,
             1,
             scale.goals({{"openmp", 0.95}}, {{"cuda", 0.98}, {"cuda_memcpy", 0.9}}),
             {},
             {}};
  w.on_cuda_copy = copy_of(n, 2, scale);
  const unsigned repeats = w.repeats = scale.repeats(10);
  w.on_side = [=](side& s) {
    auto partial = s.allocate(groups * sizeof(float)), result = s.allocate(sizeof(float));
    const local_block tree{items * sizeof(float)};
    const auto count = static_cast<std::uint32_t>(groups);
    std::vector<call> calls{{"dot_product",
                             {groups * items},
                             {items},
                             {s.upload(std::vector<float>(n, x)), s.upload(std::vector<float>(n, y)),
                              static_cast<std::uint32_t>(n), partial, tree}}};
    // One work-item is quick on a processor and slow on a GPU.
    if (scale.gpu)
      calls.push_back({"sum_in_tree", {items}, {items}, {partial, count, result, tree}});
    else
      calls.push_back({"sum_partials", {1}, {}, {partial, count, result}});
    auto run = s.build(kernels::stream, fast_math)->prepare(calls, repeats);
    return contestant{s.name(), run, [=] { return check(download<float>(*result, 1)[0]); }};
  };
  w.on_openmp = [=](const openmp_peer& peer) {
    auto a = filled_array(peer, n, x), b = filled_array(peer, n, y);
    auto result = std::make_shared<float>();
    return contestant{"openmp", [=, &peer] { *result = peer.dot(a.get(), b.get(), n); },
                      [=] { return check(*result); }};
  };
  return w;
}

} // namespace dotcompute::benchmark

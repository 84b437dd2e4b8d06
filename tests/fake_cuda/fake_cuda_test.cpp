// SPDX-License-Identifier: MIT
// The fake libraries through the interface of the real ones. Every test leaves the machine as it found it.
#include "functions.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace fake_cuda;
using namespace std::chrono_literals;

constexpr std::size_t mebi = std::size_t{1} << 20, granule = 2 * mebi;

constexpr const char* kernels = R"(
extern "C" __global__ void __launch_bounds__(256) reverse(unsigned* data, unsigned n) {
  extern __shared__ __align__(16) unsigned char bytes[];
  unsigned* const block = (unsigned*)bytes;
  block[threadIdx.x] = data[blockIdx.x * blockDim.x + threadIdx.x];
  __syncthreads();
  const unsigned value = block[blockDim.x - 1 - threadIdx.x];
  __syncthreads();
  data[blockIdx.x * blockDim.x + threadIdx.x] = value + n;
}
extern "C" __global__ void votes(int* out, short limit) {
  __shared__ int total;
  if (threadIdx.x == 0) total = 0;
  if (threadIdx.x >= 40) return;
  const int count = __syncthreads_count((int)threadIdx.x < limit);
  atomicAdd(&total, 1);
  __syncthreads();
  out[threadIdx.x] = 1000 * total + count;
}
extern "C" __global__ void scale(float* data, const float* by) { data[threadIdx.x] *= by[threadIdx.x & 1]; }
extern "C" __global__ void touch(unsigned* at) { *at = 1; }
extern "C" __global__ void trap() { __trap(); }
extern "C" __global__ void endless(volatile unsigned* at) { while (*at == 0) {} }
extern "C" __global__ void deep(unsigned* out, int n) {
  volatile char large[300000];
  large[n] = 1;
  *out = large[n];
}
extern "C" __device__ unsigned counter = 5;
extern "C" __global__ void count() { ++counter; }
)";

std::string compile(const std::string& text, const std::string& architecture = "sm_90", std::string* log = nullptr) {
  void* program = nullptr;
  EXPECT_EQ(nvrtcCreateProgram(&program, text.c_str(), "kernels.cu", 0, nullptr, nullptr), 0);
  const std::string option = "--gpu-architecture=" + architecture;
  const char* const options[] = {option.c_str(), "--std=c++17", "--fmad=false"};
  const int outcome = nvrtcCompileProgram(program, 3, options);
  std::size_t bytes = 0;
  std::string binary;
  if (log != nullptr) {
    EXPECT_EQ(nvrtcGetProgramLogSize(program, &bytes), 0);
    log->resize(bytes);
    EXPECT_EQ(nvrtcGetProgramLog(program, log->data()), 0);
    *log = std::to_string(outcome) + " " + log->c_str();
  }
  if (outcome == 0) {
    EXPECT_EQ(nvrtcGetCUBINSize(program, &bytes), 0);
    binary.resize(bytes);
    EXPECT_EQ(nvrtcGetCUBIN(program, binary.data()), 0);
  }
  EXPECT_EQ(nvrtcDestroyProgram(&program), 0);
  return binary;
}

const std::string& binary() {
  static const std::string& one = *new std::string(compile(kernels));
  return one;
}

fakeCudaCount counts() {
  fakeCudaCount c{};
  fakeCudaCounts(&c);
  return c;
}

allocation_properties properties_of(int device) {
  allocation_properties p{};
  p.type = 1;
  p.requested_handle_types = 1;
  p.location = {1, device};
  return p;
}

/// Mapped memory of device 0.
struct memory {
  explicit memory(std::size_t size = granule) : bytes(size) {
    const allocation_properties p = properties_of(0);
    const access_description access{{1, 0}, 3};
    EXPECT_EQ(cuMemCreate(&physical, bytes, &p, 0), success);
    EXPECT_EQ(cuMemAddressReserve(&address, bytes, 0, 0, 0), success);
    EXPECT_EQ(cuMemMap(address, bytes, 0, physical, 0), success);
    EXPECT_EQ(cuMemSetAccess(address, bytes, &access, 1), success);
  }
  ~memory() {
    cuMemUnmap(address, bytes);
    cuMemAddressFree(address, bytes);
    cuMemRelease(physical);
  }
  std::size_t bytes;
  device_pointer address = 0;
  handle physical = 0;
};

class FakeCuda : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(fakeCudaControl("clear"), 0);
    ASSERT_EQ(cuInit(0), success);
    ASSERT_EQ(cuDevicePrimaryCtxRetain(&context, 0), success);
    ASSERT_EQ(cuCtxSetCurrent(context), success);
    ASSERT_EQ(cuStreamCreateWithPriority(&stream, 1, 0), success);
    ASSERT_EQ(cuModuleLoadData(&module, binary().data()), success);
  }
  void TearDown() override {
    fakeCudaControl("clear");
    fakeCudaControl("heal");
    EXPECT_EQ(cuModuleUnload(module), success);
    EXPECT_EQ(cuStreamDestroy_v2(stream), success);
    EXPECT_EQ(cuCtxSetCurrent(0), success);
    EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(0), success);
    const fakeCudaCount c = counts();
    EXPECT_EQ(c.contexts + c.modules + c.streams + c.events, 0u);
    EXPECT_EQ(c.allocations + c.allocation_handles + c.reservations + c.mappings, 0u);
    EXPECT_EQ(c.host_registrations + c.host_allocations, 0u);
  }

  handle kernel(const char* name) {
    handle f = 0;
    EXPECT_EQ(cuModuleGetFunction(&f, module, name), success) << name;
    return f;
  }
  template <class... T>
  status launch(handle f, unsigned grid, unsigned block, unsigned shared, T... values) {
    void* parameters[sizeof...(T) + 1] = {&values..., nullptr};
    return cuLaunchKernel(f, grid, 1, 1, block, 1, 1, shared, stream, parameters, nullptr);
  }
  status read(void* to, device_pointer from, std::size_t bytes) {
    return cuMemcpyAsync(reinterpret_cast<device_pointer>(to), from, bytes, stream);
  }

  handle context = 0, stream = 0, module = 0;
};

TEST_F(FakeCuda, LooksLikeNothingReal) {
  int devices = 0;
  char name[64] = {};
  EXPECT_EQ(cuDeviceGetCount(&devices), success);
  EXPECT_EQ(devices, 1);
  EXPECT_EQ(cuDeviceGetName(name, sizeof name, 0), success);
  EXPECT_NE(std::string(name).find("Fake"), std::string::npos);
}

TEST_F(FakeCuda, RunsKernelsWithBarriersAndSharedMemory) {
  memory m;
  std::vector<unsigned> data(1024);
  std::iota(data.begin(), data.end(), 0u);
  EXPECT_EQ(cuMemcpyAsync(m.address, reinterpret_cast<device_pointer>(data.data()), 4096, stream), success);
  EXPECT_EQ(launch(kernel("reverse"), 4, 256, 1024, m.address, 7u), success);
  EXPECT_EQ(read(data.data(), m.address, 4096), success);
  for (unsigned i = 0; i < 1024; ++i)
    ASSERT_EQ(data[i], i / 256 * 256 + 255 - i % 256 + 7) << i;
}

TEST_F(FakeCuda, BarriersWaitForThreadsThatHaveNotEnded) {
  memory m;
  std::vector<int> out(40);
  EXPECT_EQ(launch(kernel("votes"), 1, 64, 0, m.address, short{13}), success);
  EXPECT_EQ(read(out.data(), m.address, 160), success);
  EXPECT_EQ(out, std::vector<int>(40, 40013));
}

TEST_F(FakeCuda, HoldsModulesGlobals) {
  device_pointer address = 0;
  std::size_t bytes = 0;
  EXPECT_EQ(cuModuleGetGlobal_v2(&address, &bytes, module, "counter"), success);
  EXPECT_EQ(bytes, 4u);
  EXPECT_EQ(launch(kernel("count"), 3, 1, 0), success);
  unsigned value = 0;
  EXPECT_EQ(read(&value, address, 4), success);
  EXPECT_EQ(value, 8u);
  EXPECT_EQ(cuModuleGetGlobal_v2(&address, &bytes, module, "nothing"), not_found);
}

TEST_F(FakeCuda, StreamsRunInOrderBesideTheirCallers) {
  memory m;
  alignas(8) static std::uint64_t word;
  __atomic_store_n(&word, 0, __ATOMIC_SEQ_CST);
  const auto at = reinterpret_cast<device_pointer>(&word);
  EXPECT_EQ(cuStreamWriteValue64_v2(stream, at, 1, 0), invalid_value); // not registered
  EXPECT_EQ(cuMemHostRegister_v2(&word, sizeof word, 2), success);
  EXPECT_EQ(cuMemHostRegister_v2(&word, sizeof word, 2), host_memory_already_registered);
  handle other = 0, event = 0, before = 0;
  EXPECT_EQ(cuStreamCreateWithPriority(&other, 1, -1), success);
  EXPECT_EQ(cuEventCreate(&event, 0), success);
  EXPECT_EQ(cuEventCreate(&before, 0), success);
  EXPECT_EQ(cuEventQuery(event), success); // never recorded
  EXPECT_EQ(cuEventRecord(before, stream), success);
  EXPECT_EQ(cuStreamSynchronize(stream), success); // the stream's thread may come to it late
  EXPECT_EQ(cuStreamWaitValue64_v2(stream, at, 5, 0), success);
  EXPECT_EQ(cuMemsetD32Async(m.address, 0x01020304, 4, stream), success);
  EXPECT_EQ(cuEventRecord(event, stream), success);
  EXPECT_EQ(cuStreamWaitEvent(other, event, 0), success);
  EXPECT_EQ(cuStreamWriteValue64_v2(other, at, 9, 0), success);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(cuStreamQuery(stream), not_ready);
  EXPECT_EQ(cuStreamQuery(other), not_ready);
  EXPECT_EQ(cuEventQuery(event), not_ready);
  EXPECT_EQ(__atomic_load_n(&word, __ATOMIC_SEQ_CST), 0u);
  __atomic_store_n(&word, 6, __ATOMIC_SEQ_CST);
  EXPECT_EQ(cuStreamSynchronize(other), success);
  EXPECT_EQ(__atomic_load_n(&word, __ATOMIC_SEQ_CST), 9u);
  EXPECT_EQ(cuEventQuery(event), success);
  float milliseconds = 0;
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, before, event), success);
  EXPECT_GE(milliseconds, 19.0f);
  unsigned char byte = 0;
  EXPECT_EQ(read(&byte, m.address + 4, 1), success);
  EXPECT_EQ(byte, 4);
  EXPECT_EQ(cuEventDestroy_v2(event), success);
  EXPECT_EQ(cuEventDestroy_v2(event), invalid_handle);
  EXPECT_EQ(cuEventDestroy_v2(before), success);
  EXPECT_EQ(cuStreamDestroy_v2(other), success);
  EXPECT_EQ(cuMemHostUnregister(&word), success);
  EXPECT_EQ(cuMemHostUnregister(&word), host_memory_not_registered);
}

TEST_F(FakeCuda, ChecksLaunches) {
  const handle f = kernel("reverse");
  EXPECT_EQ(launch(f, 1, 257, 0, device_pointer{}, 0u), invalid_value); // over its launch bounds
  EXPECT_EQ(launch(f, 0, 1, 0, device_pointer{}, 0u), invalid_value);
  EXPECT_EQ(launch(kernel("trap"), 1, 1025, 0), invalid_value);
  EXPECT_EQ(cuLaunchKernel(f, 1, 65536, 1, 1, 1, 1, 0, stream, nullptr, nullptr), invalid_value);
  EXPECT_EQ(launch(f, 1, 1, 48 * 1024 + 1, device_pointer{}, 0u), invalid_value);
  EXPECT_EQ(cuFuncSetAttribute(f, 8, 227 * 1024 + 1), invalid_value);
  EXPECT_EQ(cuFuncSetAttribute(f, 8, 100 * 1024), success);
  memory m;
  EXPECT_EQ(launch(f, 1, 1, 100 * 1024, m.address, 0u), success);
  EXPECT_EQ(cuStreamSynchronize(stream), success);
  EXPECT_EQ(launch(f + 1, 1, 1, 0, m.address, 0u), invalid_handle);
  EXPECT_EQ(cuCtxSetCurrent(0), success);
  EXPECT_EQ(launch(f, 1, 1, 0, m.address, 0u), invalid_context);
  EXPECT_EQ(cuCtxSetCurrent(context), success);
}

TEST_F(FakeCuda, ChecksMemory) {
  const allocation_properties p = properties_of(0), elsewhere = properties_of(1);
  handle physical = 0, again = 0;
  EXPECT_EQ(cuMemCreate(&physical, granule + 4096, &p, 0), invalid_value);
  EXPECT_EQ(cuMemCreate(&physical, granule, &elsewhere, 0), invalid_device);
  std::size_t free = 0, total = 0, free_after = 0;
  EXPECT_EQ(cuMemGetInfo_v2(&free, &total), success);
  EXPECT_EQ(cuMemCreate(&physical, total + granule, &p, 0), out_of_memory);
  EXPECT_EQ(cuMemCreate(&physical, 2 * granule, &p, 0), success);
  EXPECT_EQ(cuMemGetInfo_v2(&free_after, &total), success);
  EXPECT_EQ(free - free_after, 2 * granule);
  device_pointer at = 0;
  EXPECT_EQ(cuMemAddressReserve(&at, 4 * granule, 0, 0, 0), success);
  EXPECT_EQ(cuMemMap(at + 4096, granule, 0, physical, 0), invalid_value);
  EXPECT_EQ(cuMemMap(at + 3 * granule, 2 * granule, 0, physical, 0), invalid_value);
  EXPECT_EQ(cuMemMap(at, 2 * granule, 0, physical, 0), success);
  EXPECT_EQ(cuMemMap(at + granule, 2 * granule, 0, physical, 0), invalid_value);
  EXPECT_EQ(cuMemsetD8Async(at, 0, 1, stream), invalid_value); // no access yet
  const access_description access{{1, 0}, 3};
  EXPECT_EQ(cuMemSetAccess(at, 4 * granule, &access, 1), invalid_value);
  EXPECT_EQ(cuMemSetAccess(at, 2 * granule, &access, 1), success);
  EXPECT_EQ(cuMemsetD8Async(at, 0x5a, 2 * granule, stream), success);
  EXPECT_EQ(cuMemsetD8Async(at, 0, 2 * granule + 1, stream), invalid_value);
  EXPECT_EQ(cuMemsetD32Async(at + 2, 0, 1, stream), invalid_value);

  // The same memory through a descriptor, while the first handle is gone.
  int file = -1;
  EXPECT_EQ(cuMemExportToShareableHandle(&file, physical, 1, 0), success);
  EXPECT_EQ(cuMemRelease(physical), success);
  EXPECT_EQ(cuMemRelease(physical), invalid_value);
  EXPECT_EQ(cuMemImportFromShareableHandle(&again, reinterpret_cast<void*>(std::intptr_t{file}), 1), success);
  close(file);
  EXPECT_EQ(cuMemMap(at + 2 * granule, 2 * granule, 0, again, 0), success);
  EXPECT_EQ(cuMemSetAccess(at + 2 * granule, 2 * granule, &access, 1), success);
  unsigned char byte = 0;
  EXPECT_EQ(read(&byte, at + 3 * granule, 1), success);
  EXPECT_EQ(byte, 0x5a);

  EXPECT_EQ(cuMemAddressFree(at, 4 * granule), invalid_value); // still mapped
  EXPECT_EQ(cuMemUnmap(at, granule), invalid_value);
  EXPECT_EQ(cuMemUnmap(at, 4 * granule), success);
  EXPECT_EQ(cuMemsetD8Async(at, 0, 1, stream), invalid_value);
  EXPECT_EQ(cuMemRelease(again), success);
  EXPECT_EQ(cuMemAddressFree(at, 4 * granule), success);
  EXPECT_EQ(cuMemGetInfo_v2(&free_after, &total), success);
  EXPECT_EQ(free, free_after);
}

TEST_F(FakeCuda, RefusesImagesOfNoUse) {
  handle none = 0;
  const std::string text(256, 'x');
  EXPECT_EQ(cuModuleLoadData(&none, text.data()), invalid_image);
  EXPECT_EQ(cuModuleLoadData(&none, compile("extern \"C\" __global__ void k() {}", "sm_100").data()),
            no_binary_for_gpu);
  EXPECT_EQ(cuModuleGetFunction(&none, module, "no_such_kernel"), not_found);
  EXPECT_EQ(cuModuleGetFunction(&none, module + 1, "trap"), invalid_handle);
}

TEST_F(FakeCuda, CompilerSaysWhatIsWrongAndWhere) {
  std::string log;
  compile("extern \"C\" __global__ void k(int* a) {\n  a[0] = missing;\n}", "sm_90", &log);
  EXPECT_EQ(log.substr(0, 2), "6 ");
  EXPECT_NE(log.find("kernels.cu:2"), std::string::npos) << log;
  compile("", "sm_42", &log);
  EXPECT_EQ(log.substr(0, 2), "5 ");
}

/// Everything answers `code` from the fault on, and what is given back is given back.
class FakeCudaFault : public FakeCuda {
 protected:
  void expect_lost(status code) {
    std::size_t free = 0, total = 0;
    handle none = 0;
    EXPECT_EQ(cuStreamSynchronize(stream), code);
    EXPECT_EQ(cuStreamQuery(stream), code);
    EXPECT_EQ(cuMemGetInfo_v2(&free, &total), code);
    EXPECT_EQ(cuModuleLoadData(&none, binary().data()), code);
    EXPECT_EQ(cuStreamCreateWithPriority(&none, 1, 0), code);
    const allocation_properties p = properties_of(0);
    EXPECT_EQ(cuMemCreate(&none, granule, &p, 0), code);
    EXPECT_EQ(cuDevicePrimaryCtxRetain(&none, 0), code);
    char name[64];
    EXPECT_EQ(cuDeviceGetName(name, sizeof name, 0), success);
  }
};

TEST_F(FakeCudaFault, IllegalAddressIsForEver) {
  memory m;
  const handle f = kernel("touch");
  EXPECT_EQ(launch(f, 1, 1, 0, m.address), success);
  EXPECT_EQ(cuStreamSynchronize(stream), success);
  EXPECT_EQ(launch(f, 1, 1, 0, device_pointer{1} << 46), success);
  EXPECT_EQ(cuStreamSynchronize(stream), illegal_address);
  expect_lost(illegal_address);
  EXPECT_EQ(launch(f, 1, 1, 0, m.address), illegal_address);
}

TEST_F(FakeCudaFault, UnmappedMemoryFaults) {
  memory m;
  EXPECT_EQ(cuMemUnmap(m.address, m.bytes), success);
  EXPECT_EQ(launch(kernel("touch"), 1, 1, 0, m.address), success);
  expect_lost(illegal_address);
}

TEST_F(FakeCudaFault, TrapIsForEver) {
  EXPECT_EQ(launch(kernel("trap"), 4, 32, 0), success);
  expect_lost(launch_failed);
}

TEST_F(FakeCudaFault, StackOverflowIsAFaultOfTheKernel) {
  memory m;
  unsigned value = 0;
  EXPECT_EQ(launch(kernel("deep"), 1, 1, 0, m.address, 5), success);
  EXPECT_EQ(read(&value, m.address, 4), success);
  EXPECT_EQ(value, 1u);
  EXPECT_EQ(launch(kernel("deep"), 1, 1, 0, m.address, -200'000), success);
  expect_lost(illegal_address);
}

TEST_F(FakeCudaFault, EndlessKernelsKeepOnlyTheirStream) {
  memory m;
  EXPECT_EQ(cuMemsetD32Async(m.address, 0, 1, stream), success);
  EXPECT_EQ(launch(kernel("endless"), 1, 1, 0, m.address), success);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(cuStreamQuery(stream), not_ready);
  handle other = 0;
  EXPECT_EQ(cuStreamCreateWithPriority(&other, 1, 0), success);
  EXPECT_EQ(cuStreamSynchronize(other), success);
  EXPECT_EQ(cuMemsetD32Async(m.address, 1, 1, other), success);
  EXPECT_EQ(cuStreamSynchronize(stream), success);
  EXPECT_EQ(cuStreamDestroy_v2(other), success);
}

TEST_F(FakeCudaFault, ScriptsFailTheCallTheyName) {
  ASSERT_EQ(fakeCudaControl("clear"), 0);
  ASSERT_EQ(fakeCudaControl("call=2:code=2;function=cuMemCreate:nth=3:code=999"), 0);
  EXPECT_EQ(cuStreamQuery(stream), success);
  EXPECT_EQ(cuStreamQuery(stream), 2);
  EXPECT_EQ(cuStreamQuery(stream), success);
  EXPECT_EQ(counts().calls, 3u);
  EXPECT_EQ(counts().failed, 1u);
  const allocation_properties p = properties_of(0);
  handle physical[3] = {};
  EXPECT_EQ(cuMemCreate(&physical[0], granule, &p, 0), success);
  EXPECT_EQ(cuMemCreate(&physical[1], granule, &p, 0), success);
  EXPECT_EQ(cuMemCreate(&physical[2], granule, &p, 0), 999);
  EXPECT_EQ(counts().allocations, 2u);
  // What gives back does so, whatever it answers.
  ASSERT_EQ(fakeCudaControl("function=cuMemRelease:every=2:code=1"), 0);
  EXPECT_EQ(cuMemRelease(physical[0]), success);
  EXPECT_EQ(cuMemRelease(physical[1]), 1);
  EXPECT_EQ(counts().allocations, 0u);
  EXPECT_EQ(fakeCudaControl("call=none"), 1);
  EXPECT_EQ(fakeCudaControl("nonsense"), 1);
}

TEST_F(FakeCudaFault, ScriptsLoseTheDeviceInAnyCallOrKernel) {
  ASSERT_EQ(fakeCudaControl("function=cuStreamQuery:nth=1:code=719:sticky"), 0);
  EXPECT_EQ(cuStreamQuery(stream), 719);
  expect_lost(719);
  ASSERT_EQ(fakeCudaControl("clear"), 0);
  ASSERT_EQ(fakeCudaControl("heal"), 0);
  memory m;
  ASSERT_EQ(fakeCudaControl("kernel=touch:nth=2:code=714"), 0);
  const handle f = kernel("touch");
  EXPECT_EQ(launch(f, 1, 1, 0, m.address), success);
  EXPECT_EQ(cuStreamSynchronize(stream), success);
  EXPECT_EQ(launch(f, 1, 1, 0, m.address), success);
  expect_lost(714);
}

TEST_F(FakeCudaFault, DelaysAreDelays) {
  ASSERT_EQ(fakeCudaControl("function=cuStreamQuery:delay=30"), 0);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(cuStreamQuery(stream), success);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 30ms);
}

TEST(FakeCudaUse, HandlesOfTheDeadAreFoundOut) {
  ASSERT_EQ(cuInit(0), success);
  handle context = 0, stream = 0;
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&context, 0), success);
  ASSERT_EQ(cuCtxSetCurrent(context), success);
  EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(0), success);
  EXPECT_EQ(cuStreamCreateWithPriority(&stream, 1, 0), context_is_destroyed);
  EXPECT_EQ(cuCtxSetCurrent(0), success);
  EXPECT_EQ(cuStreamCreateWithPriority(&stream, 1, 0), invalid_context);
  EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(0), invalid_context);
}

} // namespace

// SPDX-License-Identifier: MIT
#include "machine.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>

namespace fake_cuda {

thread_local handle current_context = 0;

namespace {

std::uint64_t environment_number(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  if (text == nullptr || *text == '\0') return otherwise;
  char* end = nullptr;
  const std::uint64_t value = std::strtoull(text, &end, 10);
  if (*end == '\0') return value;
  std::fprintf(stderr, "fake CUDA: %s=%s is no number\n", name, text);
  std::abort();
}

std::map<int, int> environment_attributes() {
  const char* const text = std::getenv("FAKE_CUDA_ATTRIBUTES");
  std::map<int, int> all;
  for (const char* at = text; at != nullptr && *at != '\0';) {
    int number = 0, value = 0, length = 0;
    if (std::sscanf(at, "%d=%d%n", &number, &value, &length) != 2 || (at[length] != '\0' && at[length] != ',')) {
      std::fprintf(stderr, "fake CUDA: FAKE_CUDA_ATTRIBUTES=%s is not understood\n", text);
      std::abort();
    }
    all[number] = value;
    at += at[length] == ',' ? length + 1 : length;
  }
  return all;
}

} // namespace

machine& machine::get() {
  static machine& one = *new machine;
  return one;
}

machine::machine()
    : devices(environment_number("FAKE_CUDA_DEVICES", 1)),
      memory_bytes(environment_number("FAKE_CUDA_MEMORY", std::uint64_t(4) << 30)),
      attributes(environment_attributes()) {
  if (const char* const words = std::getenv("FAKE_CUDA_FAIL"); words != nullptr && !failures.add(words)) {
    std::fprintf(stderr, "fake CUDA: FAKE_CUDA_FAIL=%s is not understood\n", words);
    std::abort();
  }
  if (const char* const path = std::getenv("FAKE_CUDA_LOG")) log = std::fopen(path, "ae");
}

void machine::lose(int device, status code) {
  device_state& d = devices[static_cast<std::size_t>(device)];
  if (d.lost == success) d.lost = code;
  changed.notify_all();
}

admission admit(const char* function, unsigned rules) {
  machine& m = machine::get();
  std::unique_lock lock(m.mutex);
  ++m.counts.calls;
  const bool gives_back = (rules & releases) != 0;
  const scripted s = m.failures.on_call(function);
  if (m.log != nullptr) {
    std::fprintf(m.log, "%llu %s%s\n", static_cast<unsigned long long>(m.counts.calls), function,
                 s.code ? " fails by script" : "");
    std::fflush(m.log);
  }
  if (s.delay_milliseconds != 0) {
    lock.unlock();
    std::this_thread::sleep_for(std::chrono::milliseconds(s.delay_milliseconds));
    lock.lock();
  }
  const auto current = m.contexts.find(current_context);
  if (s.code) {
    ++m.counts.failed;
    if (s.sticky) m.lose(current == m.contexts.end() ? 0 : current->second.device, *s.code);
    return {*s.code, gives_back && m.is_initialised};
  }
  if ((rules & needs_initialisation) != 0 && !m.is_initialised) return {not_initialized, false};
  if (current == m.contexts.end()) {
    if ((rules & needs_context) == needs_context) return {invalid_context, false};
    return {success, true};
  }
  if ((rules & needs_context) == needs_context && current->second.is_destroyed) return {context_is_destroyed, false};
  const status lost = m.devices[static_cast<std::size_t>(current->second.device)].lost;
  if (lost != success && (rules & survives_loss) == 0 && (rules & needs_initialisation) != 0) return {lost, gives_back};
  return {success, true};
}

} // namespace fake_cuda

using fake_cuda::machine;

FAKE_CUDA_API int fakeCudaControl(const char* words) {
  if (words == nullptr) return 1;
  machine& m = machine::get();
  const std::lock_guard lock(m.mutex);
  const std::string_view text = words;
  if (text == "clear") {
    m.failures.clear();
    m.peers = fake_cuda::peer_access::works;
    m.counts.calls = m.counts.failed = m.counts.launches = 0;
    return 0;
  }
  if (text == "heal") {
    for (fake_cuda::device_state& d : m.devices)
      d.lost = fake_cuda::success;
    return 0;
  }
  if (text == "peers refused" || text == "peers lie") {
    m.peers = text == "peers lie" ? fake_cuda::peer_access::lies : fake_cuda::peer_access::refused;
    return 0;
  }
  if (text == "log") {
    for (const auto& [id, object] : m.modules)
      std::fprintf(stderr, "fake CUDA: a module of %zu kernels is loaded\n", object->kernels.size());
    for (const auto& [id, object] : m.streams)
      std::fprintf(stderr, "fake CUDA: a stream with %zu commands waiting\n", object->waiting.size());
    std::fprintf(stderr, "fake CUDA: %zu events\n", m.events.size());
    m.memory.describe(stderr);
    return 0;
  }
  return m.failures.add(text) ? 0 : 1;
}

FAKE_CUDA_API void fakeCudaCounts(fakeCudaCount* counts) {
  machine& m = machine::get();
  const std::lock_guard lock(m.mutex);
  *counts = m.counts;
  counts->contexts = static_cast<std::uint64_t>(std::count_if(
      m.contexts.begin(), m.contexts.end(), [](const auto& entry) { return !entry.second.is_destroyed; }));
  counts->modules = m.modules.size();
  counts->streams = m.streams.size();
  counts->events = m.events.size();
  m.memory.count(*counts);
}

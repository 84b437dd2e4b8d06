// SPDX-License-Identifier: MIT
#include "api/program_image.hpp"
#include "compiler/server/service.hpp"
#include "drivers/cpu/cpu_driver.hpp"
#include "drivers/cuda/cuda_devices.hpp"
#include "drivers/opencl/opencl_devices.hpp"
#include "execution/device_state.hpp"
#include "isolation/isolated_driver.hpp"
#include "isolation/list_devices.hpp"
#include "support/log.hpp"

#include <dotcompute/device.hpp>
#include <dotcompute/error.hpp>
#include <dotcompute/memory.hpp>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstdlib>
#include <iterator>
#include <mutex>
#include <optional>
#include <ostream>

namespace dotcompute {
namespace {

constexpr std::string_view cpu_id = "cpu:0";

const std::shared_ptr<detail::device_state>& valid(const std::shared_ptr<detail::device_state>& s) {
  if (!s) throw error(error_code::invalid_handle, "the device handle was moved from");
  return s; // NOLINT(bugprone-return-const-ref-from-parameter): only ever called with a handle's own member
}

std::string show(const std::string& s) {
  return s;
}
std::string show(bool b) {
  return b ? "yes" : "no";
}
std::string show(std::unsigned_integral auto n) {
  return std::to_string(n);
}
std::string show(const std::array<std::uint64_t, 3>& a) {
  return std::to_string(a[0]) + " " + std::to_string(a[1]) + " " + std::to_string(a[2]);
}

template <class T>
void line(std::ostream& out, const char* label, const known<T>& value) {
  out << label << ": " << (value ? show(*value) : "unknown") << '\n';
}

constexpr std::uint32_t most_spares = 16;

struct opened_driver {
  std::string id;
  std::unique_ptr<drivers::driver> driver;
};

[[noreturn]] void refuse_selector(std::string_view selector, const std::string& reason) {
  std::string present;
  for (const device_info& d : devices())
    present += (present.empty() ? "" : ", ") + d.id;
  throw error(error_code::device_not_found,
              "no device matches '" + std::string(selector) + "'" + (reason.empty() ? "" : " (" + reason + ")") +
                  "; there is " + present,
              {"", 0, "open a device",
               "Use best, a back end's name, or an id that `dotcompute "
               "devices` lists."});
}

/// The number of "cuda:3", 0 for "cuda"; nothing for anything else.
std::optional<std::uint32_t> ordinal_of(std::string_view selector, std::string_view backend) {
  if (!selector.starts_with(backend)) return {};
  selector.remove_prefix(backend.size());
  if (selector.empty()) return 0;
  if (selector.front() != ':') return {};
  selector.remove_prefix(1);
  std::uint32_t number = 0;
  const auto [end, failed] = std::from_chars(selector.data(), selector.data() + selector.size(), number);
  if (failed != std::errc{} || end != selector.data() + selector.size()) return {};
  return number;
}

/// What the options or the environment say; nothing where they leave it to the device.
std::optional<isolation> wanted_isolation(const open_options& how) {
  if (how.isolation) return *how.isolation;
  const char* const said = std::getenv("DOTCOMPUTE_ISOLATION");
  const std::string_view word = said ? said : "";
  if (word == "process") return isolation::process;
  if (word == "none") return isolation::none;
  if (word.empty()) return {};
  throw error(error_code::invalid_argument, "DOTCOMPUTE_ISOLATION is '" + std::string(word) + "'",
              {"", 0, "open a device", "Set it to process or none."});
}

std::unique_ptr<drivers::driver> isolate(const isolated::driver_description& description,
                                         const drivers::driver_options& options, const open_options& how) {
  return std::make_unique<isolated::isolated_driver>(description, options, how.spares);
}

/// A GPU that nothing else drives.
bool is_only_as_opencl(const device_info& d) {
  return d.properties.type.value_or("") == "gpu" && d.better_as.empty();
}

/// The first of devices() that can be opened this way. Asking OpenCL drivers takes a process and its time, so they are
/// asked only where they could show something better than the processors.
std::string best_id(bool is_isolated) {
  std::string none;
  if (const std::vector<device_info> gpus = cuda::devices(none); !gpus.empty()) return gpus.front().id;
  if (is_isolated || !opencl::may_show_gpu()) return std::string(cpu_id);
  for (const device_info& d : isolated::list_opencl_devices().devices)
    if (is_only_as_opencl(d)) return d.id;
  return std::string(cpu_id);
}

opened_driver open_driver(std::string_view selector, const drivers::driver_options& options, const open_options& how) {
  const std::optional<isolation> wanted = wanted_isolation(how);
  const std::string best = selector == "best" ? best_id(wanted == isolation::process) : std::string(selector);
  const auto slash = std::min(best.find('/'), best.size());
  const bool lacks_part = slash + 1 == best.size();
  if (const auto number = ordinal_of(std::string_view(best).substr(0, slash), "opencl"); number && !lacks_part) {
    // Not listed first: that would start the drivers once more.
    const std::string part = best.substr(std::min(slash + 1, best.size()));
    std::string id = "opencl:" + std::to_string(*number) + best.substr(slash);
    // Only few of these devices have memory that two processes can share.
    if (wanted == isolation::process)
      return {id, isolate({.kind = isolated::driver_kind::opencl, .ordinal = *number, .id = id, .part = part}, options,
                          how)};
    return {std::move(id), opencl::open(*number, options, part)};
  }
  const bool is_isolated = wanted != isolation::none;
  if (const auto number = ordinal_of(best, "cuda")) {
    std::string none;
    const std::vector<device_info> present = cuda::devices(none);
    const std::string id = "cuda:" + std::to_string(*number);
    if (std::none_of(present.begin(), present.end(), [&](const device_info& d) { return d.id == id; }))
      refuse_selector(selector, none);
    if (is_isolated)
      return {id, isolate({.kind = isolated::driver_kind::cuda, .ordinal = *number, .id = id}, options, how)};
    return {id, cuda::open(*number, options)};
  }
  if (best != "cpu" && best != cpu_id)
    refuse_selector(selector, slash < best.size() ? "OpenCL devices have parts, such as opencl:0/counts:2,2/1" : "");
  if (is_isolated)
    return {std::string(cpu_id), isolate({.threads = options.threads, .id = std::string(cpu_id)}, options, how)};
  return {std::string(cpu_id), std::make_unique<cpu::cpu_driver>(std::string(cpu_id), options)};
}

} // namespace

std::ostream& operator<<(std::ostream& out, const capabilities& c) {
  out << "backend: " << c.backend << '\n';
  line(out, "platform", c.platform);
  line(out, "type", c.type);
  line(out, "name", c.name);
  line(out, "vendor", c.vendor);
  line(out, "driver", c.driver);
  line(out, "stable id", c.stable_id);
  line(out, "target", c.target);
  line(out, "compute units", c.compute_units);
  line(out, "clock MHz", c.clock_mhz);
  line(out, "max work-item dimensions", c.max_work_item_dimensions);
  line(out, "max work-item sizes", c.max_work_item_sizes);
  line(out, "max work-group size", c.max_work_group_size);
  line(out, "SIMD width bits", c.simd_width_bits);
  line(out, "SIMD lanes", c.simd_lanes);
  line(out, "local memory bytes", c.local_memory_bytes);
  line(out, "global memory bytes", c.global_memory_bytes);
  line(out, "largest allocation bytes", c.largest_allocation_bytes);
  line(out, "L1 cache bytes", c.l1_cache_bytes);
  line(out, "L2 cache bytes", c.l2_cache_bytes);
  line(out, "L3 cache bytes", c.l3_cache_bytes);
  line(out, "cache line bytes", c.cache_line_bytes);
  line(out, "PCI address", c.pci_address);
  line(out, "NUMA node", c.numa_node);
  line(out, "fp16", c.fp16);
  line(out, "fp64", c.fp64);
  line(out, "int64 atomics", c.int64_atomics);
  line(out, "unified memory", c.unified_memory);
  return out;
}

std::vector<device_info> devices() {
  std::string none;
  std::vector<device_info> all = cuda::devices(none);
  if (!none.empty()) log::info("no CUDA devices: {}", none);
  device_info processors{std::string(cpu_id), cpu::describe_processors()};
  isolated::device_listing others = isolated::list_opencl_devices();
  if (!others.why_none.empty()) log::info("no OpenCL devices: {}", others.why_none);
  for (device_info& d : others.devices) {
    const auto twin = std::find_if(all.begin(), all.end(), [&](const device_info& o) {
      return o.properties.pci_address && o.properties.pci_address == d.properties.pci_address;
    });
    if (twin != all.end()) {
      d.better_as = twin->id;
      d.better_because = "code for its exact architecture, worker processes, memory that outlives a crashed kernel";
    }
  }
  const auto first_other = std::stable_partition(others.devices.begin(), others.devices.end(), is_only_as_opencl);
  const auto append = [&](auto first, auto last) {
    all.insert(all.end(), std::make_move_iterator(first), std::make_move_iterator(last));
  };
  append(others.devices.begin(), first_other);
  all.push_back(std::move(processors));
  append(first_other, others.devices.end());
  return all;
}

device device::open(std::string_view selector, const open_options& options) {
  if (options.threads > 4096)
    throw error(error_code::invalid_argument, std::to_string(options.threads) + " threads; at most 4096",
                {std::string(selector), 1, "open a device", ""});
  if (options.spares > most_spares)
    throw error(error_code::invalid_argument,
                std::to_string(options.spares) + " spares; at most " + std::to_string(most_spares),
                {std::string(selector), 1, "open a device", ""});
  if (options.default_wait <= std::chrono::milliseconds::zero())
    throw error(error_code::invalid_argument, "default_wait must be positive",
                {std::string(selector), 1, "open a device", ""});
  if (options.refuse_within <= std::chrono::nanoseconds::zero())
    throw error(error_code::invalid_argument, "refuse_within must be positive",
                {std::string(selector), 1, "open a device", "Set refuse_after to 0 to refuse no kernel."});
  auto [id, driver] = open_driver(selector, {options.threads, options.print}, options);
  if (options.start_compiler) compiler::service::shared().prewarm();
  memory::pool_options memory;
  memory.capacity = driver->properties().global_memory_bytes.value_or(~std::uint64_t{0});
  memory.budget = options.memory_budget;
  // Memory that nobody uses is kept for the next request, but not so much that
  // other programs would miss it.
  memory.retained_bytes = std::max<std::uint64_t>(64 << 20, driver->properties().global_memory_bytes.value_or(0) / 16);
  auto* const isolated_driver = dynamic_cast<isolated::isolated_driver*>(driver.get());
  auto state =
      std::make_shared<detail::device_state>(std::move(id), std::move(driver), std::move(memory), options.default_wait,
                                             options.refuse_after, options.refuse_within);
  state->guard.make_kernel_with([d = state->driver.get()] {
    const api::own_program made = api::make_checksum(d->target());
    return d->load(made.image);
  });
  if (isolated_driver) {
    execution::supervision how;
    if (options.start_compiler)
      how.make_canary = [isolated_driver]() -> std::shared_ptr<const drivers::loaded_program> {
        const auto made = api::make_canary(isolated_driver->target());
        return made ? isolated_driver->load(made->image) : nullptr;
      };
    state->supervisor = std::make_unique<execution::supervisor>(*state, *isolated_driver, std::move(how));
    state->supervisor->start();
  }
  return device(std::move(state));
}

const std::string& device::id() const {
  return valid(state_)->id;
}
std::uint64_t device::generation() const {
  return valid(state_)->generation();
}
const capabilities& device::properties() const {
  return valid(state_)->driver->properties();
}
peer_access device::access_to(const device& other) const {
  const auto& here = valid(state_);
  const auto& there = valid(other.state_);
  if (here == there) return {true, {}};
  here->require_present("look for access to another device");
  there->require_present("look for access to another device");
  const drivers::peer_reach found = here->driver->reach(*there->driver);
  return {found.is_direct, found.reason};
}
std::uint32_t device::threads() const {
  const drivers::host_executor* const host = valid(state_)->driver->host();
  if (host) return host->threads();
  const auto* const far = dynamic_cast<const isolated::isolated_driver*>(state_->driver.get());
  return far ? far->threads() : 0;
}
isolation device::isolation() const {
  using kind = dotcompute::isolation;
  return valid(state_)->supervisor ? kind::process : kind::none;
}
std::uint64_t device::recovery_count() const {
  return valid(state_)->supervisor ? state_->supervisor->recoveries() : 0;
}
std::vector<recovery_report> device::recoveries() const {
  return valid(state_)->supervisor ? state_->supervisor->reports() : std::vector<recovery_report>();
}
bool device::await_recoveries(std::uint64_t count, std::chrono::nanoseconds time) const {
  return valid(state_)->supervisor && state_->supervisor->await_recoveries(count, deadline_after(time));
}
guard_report device::verify_guarded() const {
  return verify_guarded(valid(state_)->default_wait);
}
guard_report device::verify_guarded(std::chrono::nanoseconds time) const {
  return valid(state_)->guard.verify(nullptr, deadline_after(time));
}
std::vector<refused_kernel> device::refused_kernels() const {
  return valid(state_)->faults.refused();
}
bool device::pardon(std::string_view content_id) const {
  const std::optional<digest> content = digest_from_hex(content_id);
  if (!content)
    throw error(error_code::invalid_argument, "'" + std::string(content_id) + "' is no kernel::content_id()",
                valid(state_)->describe("pardon a kernel", "refused_kernels() lists them."));
  return valid(state_)->faults.pardon(*content);
}
known<std::int64_t> device::worker_process() const {
  if (auto* const far = dynamic_cast<isolated::isolated_driver*>(valid(state_)->driver.get()))
    return std::int64_t{far->link().worker_id()};
  return {};
}
memory_pool device::memory() const {
  return memory_pool(valid(state_));
}
const std::shared_ptr<detail::device_state>& device::state() const {
  return valid(state_);
}

} // namespace dotcompute

// SPDX-License-Identifier: MIT
#include "drivers/cpu/cpu_driver.hpp"

#include "drivers/cpu/cpu_segment.hpp"
#include "drivers/cpu/launch_job.hpp"
#include "drivers/cpu/memory_job.hpp"
#include "drivers/cpu/processor_information.hpp"
#include "drivers/file_segment.hpp"

#include <algorithm>

namespace dotcompute::cpu {
namespace {

constexpr double worth_sharing = 15e3;        // nanoseconds: below, waking a second thread costs more than it saves
constexpr double chunk_time = 10e3;           // nanoseconds: chunks are not cut finer
constexpr double probe_time = 5e3;            // nanoseconds that an unmeasured launch may run before it is shared
constexpr std::uint64_t chunks_a_thread = 64; // at most; leaves the last thread alone for 1/64 of its share

} // namespace

cpu_driver::cpu_driver(const std::string& name, const drivers::driver_options& options)
    : name_(name), sink_(std::make_shared<drivers::print_sink>(options.print)),
      pool_(name, options.threads ? options.threads : read_processor_budget().threads, options.on_thread_start) {
  processor_budget budget = read_processor_budget();
  properties_ = read_capabilities(budget);
  properties_.compute_units = pool_.threads();
  if (const auto bytes = last_level_cache_bytes(budget))
    cache_kibibytes_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(*bytes >> 10, cache_kibibytes_));
}

std::shared_ptr<const drivers::loaded_program> cpu_driver::load(const drivers::program_image& image) {
  return std::make_shared<cpu_program>(image, libraries_, sink_);
}

std::unique_ptr<drivers::segment> cpu_driver::create_segment(buffer_kind, std::uint64_t bytes) {
  return cpu::create_segment(name_, bytes); // all kinds are the machine's own memory
}

std::unique_ptr<drivers::segment> cpu_driver::create_segment_at(buffer_kind, std::uint64_t bytes, std::byte* address) {
  return std::make_unique<drivers::file_segment>(name_, bytes, address);
}

std::unique_ptr<drivers::segment> cpu_driver::attach_segment(buffer_kind, std::uint64_t bytes, int file,
                                                             std::byte* address) {
  return std::make_unique<drivers::file_segment>(name_, bytes, file, address);
}

std::uint64_t cpu_driver::segment_granularity() const noexcept {
  return cpu::segment_granularity;
}

std::function<drivers::memory_usage()> cpu_driver::memory_query() const {
  return cpu::memory_query(properties_.global_memory_bytes);
}

double cpu_driver::expected_nanoseconds(const drivers::launch_command& c) const noexcept {
  const auto& kernel = static_cast<const cpu_program*>(c.program)->kernel(c.kernel);
  double units = 1;
  for (unsigned d = 0; d < 3; ++d)
    units *= static_cast<double>(kernel.is_flat ? c.global_size[d] : c.global_size[d] / c.local_size[d]);
  const double cost = kernel.cost.nanoseconds();
  return cost < 0 ? -1 : cost * units / (cost * units > worth_sharing ? pool_.threads() : 1);
}

template <class Context>
drivers::outcome cpu_driver::share(const job_functions& functions, const Context& job, std::uint64_t first,
                                   std::uint64_t chunks, const drivers::execution_context& context) {
  // Even with one thread a lent one must be able to leave at its deadline, which only a job allows.
  const bool is_job = chunks - first > 1 && (pool_.threads() > 1 || context.is_lent);
  parallel_job* place = is_job ? pool_.acquire_job() : nullptr;
  if (!place) {
    Context own = job;
    bool succeeded = true;
    for (std::uint64_t chunk = first; chunk < chunks; ++chunk)
      succeeded = functions.run(&own, chunk) && succeeded;
    const std::int64_t finished = now_nanoseconds();
    if (functions.finished) functions.finished(&own, chunks, static_cast<double>(finished - context.started));
    return {succeeded ? drivers::progress::done : drivers::progress::out_of_memory, finished};
  }
  const auto threads = static_cast<std::uint32_t>(std::min<std::uint64_t>(pool_.threads(), chunks - first));
  place->prepare(functions, job, first, chunks, threads, context.done);
  const drivers::progress state = pool_.run_job(place, context.leave_by, context.is_lent);
  return {state, state == drivers::progress::continues ? 0 : now_nanoseconds()};
}

drivers::outcome cpu_driver::execute(const drivers::launch_command& c, const drivers::execution_context& context) {
  launch_job job(*static_cast<const cpu_program*>(c.program), c);
  job.state.cache_kibibytes = cache_kibibytes_;
  const double units = job.unit_count(), cost = job.kernel->cost.nanoseconds();
  const std::uint64_t threads = pool_.threads();
  if (units <= 1 || (cost >= 0 && cost * units < worth_sharing)) {
    const bool succeeded = job.run_all();
    const std::int64_t finished = now_nanoseconds();
    job.kernel->cost.learn(static_cast<double>(finished - context.started), units);
    return {succeeded ? drivers::progress::done : drivers::progress::out_of_memory, finished};
  }
  const std::uint64_t most = threads * chunks_a_thread;
  const job_functions functions{&launch_job::run, &launch_job::finished};
  if (cost >= 0) {
    job.cut(std::clamp(static_cast<std::uint64_t>(cost * units / chunk_time), threads, most));
    return share(functions, job, 0, job.cutter.count(), context);
  }
  // Nothing is known yet: start alone on fine chunks, and share what is left once it turns out to be worth it.
  job.cut(4 * most);
  std::uint64_t chunk = 0;
  const std::uint64_t chunks = job.cutter.count();
  std::int64_t now = context.started;
  while (chunk < chunks && static_cast<double>(now - context.started) < probe_time) {
    if (!launch_job::run(&job, chunk++)) return {drivers::progress::out_of_memory, now_nanoseconds()};
    now = now_nanoseconds();
  }
  if (chunk == chunks) {
    job.kernel->cost.learn(static_cast<double>(now - context.started), units);
    return {drivers::progress::done, now};
  }
  return share(functions, job, chunk, chunks, context);
}

drivers::outcome cpu_driver::execute(const drivers::copy_command& c, const drivers::execution_context& context) {
  const copy_job job{static_cast<std::byte*>(c.to), static_cast<const std::byte*>(c.from), c.bytes};
  return share({&copy_job::run, nullptr}, job, 0, job.chunks(), context);
}

drivers::outcome cpu_driver::execute(const drivers::fill_command& c, const drivers::execution_context& context) {
  const fill_job job(c);
  return share({&fill_job::run, nullptr}, job, 0, job.chunks(), context);
}

bool cpu_driver::assist(const void* completion_context, time_point leave_by) {
  return pool_.assist(completion_context, leave_by);
}

void cpu_driver::look_after(const std::shared_ptr<drivers::background_work>& work) {
  pool_.look_after(work);
}

void cpu_driver::forget(const drivers::background_work* work) noexcept {
  pool_.forget(work);
}

void cpu_driver::start(std::shared_ptr<drivers::background_work> work) {
  pool_.post(std::move(work));
}

void cpu_driver::expect_soon() {
  pool_.expect_soon();
}

capabilities describe_processors() {
  return read_capabilities(read_processor_budget());
}

} // namespace dotcompute::cpu

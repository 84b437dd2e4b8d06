// SPDX-License-Identifier: MIT
#include "drivers/cpu/launch_job.hpp"

#include "drivers/cpu/floating_point_state.hpp"
#include "drivers/cpu/thread_memory.hpp"

#include <algorithm>

namespace dotcompute::cpu {

launch_job::launch_job(const cpu_program& program, const drivers::launch_command& c)
    : state{}, kernel(&program.kernel(c.kernel)), local_bytes(c.local_bytes) {
  state.arguments = c.arguments;
  for (unsigned d = 0; d < 3; ++d) {
    state.global_size[d] = c.global_size[d];
    state.global_offset[d] = c.global_offset[d];
    state.local_size[d] = c.local_size[d];
    state.group_count[d] = c.global_size[d] / c.local_size[d];
    units[d] = kernel->is_flat ? c.global_size[d] : state.group_count[d];
  }
  state.work_dimensions = c.dimensions;
  state.print = &print_context::print;
  state.print_context = program.print_context_address();
}

// A flat kernel's rows are cut at multiples of 256 work-items: whole packs of any lane width, and whole cache lines for
// elements of any size, so that two threads never write to one line when the buffer itself is aligned. Neighbouring
// groups are likely to read neighbouring memory, and generated code lets them take turns: where there are groups enough
// for a quarter of the chunks wanted, a chunk has at least what reads a page of floats.
void launch_job::cut(std::uint64_t wanted) {
  std::uint64_t granule = 256;
  if (!kernel->is_flat) {
    const std::uint64_t items = state.local_size[0] * state.local_size[1] * state.local_size[2];
    const std::uint64_t page = std::max<std::uint64_t>(1, 1024 / items);
    granule = units[0] >= page * (wanted / 4) ? page : 1;
  }
  cutter = range_cutter::cut(units, wanted, granule);
}

bool launch_job::run_all() const noexcept {
  const thread_state memory = memory_of_this_thread(local_bytes, kernel->scratch_bytes);
  if (!memory.local_memory) return false;
  const launch_range all{{0, 0, 0}, {units[0], units[1], units[2]}};
  const default_floating_point settings;
  kernel->entry(&state, &memory, &all);
  return true;
}

bool launch_job::run(void* context, std::uint64_t chunk) noexcept {
  const auto& job = *static_cast<const launch_job*>(context);
  const thread_state memory = memory_of_this_thread(job.local_bytes, job.kernel->scratch_bytes);
  if (!memory.local_memory) return false;
  const launch_range box = job.cutter.at(chunk);
  const default_floating_point settings;
  job.kernel->entry(&job.state, &memory, &box);
  return true;
}

void launch_job::finished(void* context, std::uint64_t, double busy) {
  const auto& job = *static_cast<const launch_job*>(context);
  job.kernel->cost.learn(busy, job.unit_count());
}

} // namespace dotcompute::cpu

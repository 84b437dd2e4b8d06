// SPDX-License-Identifier: MIT
#include "allocators.hpp"

#include "rows.hpp"
#include "sides.hpp"

#include <fmt/format.h>
#include <gnu/libc-version.h>

namespace dotcompute::benchmark {

const mimalloc_allocator::entry_points& mimalloc_allocator::functions() {
  static const entry_points found = [] {
    entry_points e;
    void* library = ::dlopen("libmimalloc.so.2", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      const char* why = ::dlerror();
      e.reason = why ? why : "libmimalloc.so.2 cannot be opened";
      return e;
    }
    e.allocate = reinterpret_cast<void* (*)(std::size_t)>(::dlsym(library, "mi_malloc"));
    e.free = reinterpret_cast<void (*)(void*)>(::dlsym(library, "mi_free"));
    const auto version = reinterpret_cast<int (*)()>(::dlsym(library, "mi_version"));
    if (!e.allocate || !e.free || !version) e.reason = "libmimalloc.so.2 lacks mi_malloc, mi_free or mi_version";
    if (e.reason.empty()) e.version = version();
    return e;
  }();
  return found;
}

bool wants_peer(const options& o, const std::string& peer) {
  return std::find(o.peers.begin(), o.peers.end(), peer) != o.peers.end();
}

row memory_row(std::string workload, std::string title, std::string metric, std::string unit) {
  row r;
  r.group = "memory";
  r.workload = std::move(workload);
  r.title = std::move(title);
  r.metric = std::move(metric);
  r.unit = std::move(unit);
  r.checked = true;
  return r;
}

void require_at_most(row& r, const options& o, double wanted) {
  if (r.own && !o.quick) r.goals.push_back({"", wanted, r.own->best, r.own->best <= wanted});
}

void add_ratios(row& r) {
  for (const auto& [name, f] : r.peers)
    if (r.own && r.own->best > 0) r.ratio[name] = f.best / r.own->best;
}

void note_problem(row& r, const std::string& name, const std::string& wrong) {
  if (wrong.empty()) return;
  r.checked = false;
  r.problems.push_back(fmt::format("{}: {}", name, wrong));
}

void note_missing_mimalloc(row& r, const options& o) {
  if (wants_peer(o, "mimalloc") && !mimalloc_allocator::functions().reason.empty())
    r.problems.push_back("mimalloc is missing (Debian: libmimalloc2.0): " + mimalloc_allocator::functions().reason);
}

std::vector<row> measure_allocators(const std::string& workload, const options& o) {
  if (workload == "memory_pair") return measure_pairs(o);
  if (workload == "memory_churn") return measure_churn(o);
  if (workload == "memory_fragmentation") return measure_fragmentation(o);
  return measure_statistics_cost(o);
}

void describe_allocators(const options& o, machine& where) {
  const auto& mimalloc = mimalloc_allocator::functions();
  if (wants_peer(o, "malloc")) where.sides["malloc"] = fmt::format("glibc {}", ::gnu_get_libc_version());
  if (wants_peer(o, "mimalloc") && mimalloc.reason.empty())
    where.sides["mimalloc"] =
        fmt::format("mimalloc {}.{}.{}", mimalloc.version / 100, mimalloc.version / 10 % 10, mimalloc.version % 10);
  if (wants_peer(o, "pmr")) where.sides["pmr"] = "std::pmr::synchronized_pool_resource of libstdc++";
  if (wants_peer(o, "linear_list"))
    where.sides["linear_list"] =
        "free blocks in one list by address under one mutex, best fit by scanning, as RMM's pool";
  if (wants_peer(o, "best_fit")) where.sides["best_fit"] = "exact best fit, for fragmentation only";
}

} // namespace dotcompute::benchmark

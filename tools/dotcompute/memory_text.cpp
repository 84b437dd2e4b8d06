// SPDX-License-Identifier: MIT
#include "memory_text.hpp"

#include "units.hpp"

#include <fmt/format.h>
#include <iterator>

namespace dotcompute::tool {

namespace {

class report {
 public:
  explicit report(std::string_view heading) : text_(fmt::format("{}\n", heading)) {}

  void group(std::string_view name) { text_ += fmt::format("\n  {}\n", name); }
  void line(std::string_view name, std::string_view value, std::string_view note = {}) {
    const std::string whole = fmt::format("    {:<27}{:<14}{}", name, value, note);
    text_.append(whole, 0, whole.find_last_not_of(' ') + 1);
    text_ += '\n';
  }
  void add(std::string_view text) { text_ += text; }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string percent(double share) {
  return fmt::format("{:.2f} %", 100 * share);
}

void add_latency(report& r, std::string_view name, const latency_histogram& h) {
  const auto time = [&](double q) { return text_or_unknown(h.quantile(q), time_text); };
  r.line(name, time(0.5), fmt::format("99 %: {}, of {} timed", time(0.99), count_text(h.total())));
}

void add_fragmentation(report& r, const memory_statistics& s) {
  const auto& f = s.fragmentation;
  r.group("Fragmentation");
  r.line("within blocks", percent(f.internal), "rounding and alignment");
  if (f.nothing_is_free) return r.line("of free memory", "none", "nothing is free");
  const auto add = [&](std::string_view name, const known<fragmentation_at>& at) {
    if (at)
      r.line(name, percent(at->share), fmt::format("of what is free cannot serve {}", bytes_text(at->bytes)));
    else
      r.line(name, "unknown", "no such request yet");
  };
  add("for the median request", f.median);
  add("for the 95 % request", f.p95);
  add("for the 99 % request", f.p99);
  add("for the largest request", f.largest);
  if (f.last_failed) add("for the last that failed", f.last_failed);
  r.line("largest free block", bytes_text(f.largest_free_bytes));
  r.line("stranded", bytes_text(f.stranded_bytes), "free, but a live, cached or pending block keeps the segment");
}

void add_held(report& r, const memory_statistics& s) {
  r.group("In use");
  r.line("requested", bytes_text(s.requested_bytes), "what owners of live blocks asked for");
  r.line("allocated", bytes_text(s.allocated_bytes), fmt::format("in {} live blocks", count_text(s.live_blocks)));
  r.line("allocated at most", bytes_text(s.allocated_peak_bytes),
         s.peak_error_bytes ? fmt::format("within {}", bytes_text(s.peak_error_bytes)) : "");
  r.line("budget", s.budget_bytes ? bytes_text(*s.budget_bytes) : "none");

  r.group("Reserved from the device");
  r.line("reserved", bytes_text(s.reserved_bytes), fmt::format("in {} segments", count_text(s.segments)));
  r.line("reserved at most", bytes_text(s.reserved_peak_bytes));
  r.line("free", bytes_text(s.free_bytes), "for any thread");
  r.line("cached", bytes_text(s.cached_bytes), "kept by threads for their next request");
  r.line("pending", bytes_text(s.pending_free_bytes), "released on a queue that is not there yet");
  r.line("host-shared", bytes_text(s.host_shared_bytes), "part of reserved");
}

void add_device(report& r, const memory_statistics& s) {
  r.group("Device");
  if (!s.device) return r.line("memory", "unknown", "the device has not answered yet");
  const auto& d = *s.device;
  r.line("total", text_or_unknown(d.total_bytes, bytes_text));
  r.line("free", text_or_unknown(d.free_bytes, bytes_text));
  r.line("used by others", text_or_unknown(d.used_by_others_bytes, bytes_text));
  r.line("answered", time_text(static_cast<double>(d.age.count())) + " ago",
         d.is_stale ? "STALE: asked again, and it did not answer in time" : "");
}

void add_tags(report& r, const memory_statistics& s) {
  if (!s.tags || s.tags->empty()) return;
  r.group("Owners");
  r.add(fmt::format("    {:<24}{:>12}{:>10}{:>12}{:>12}{:>10}{:>10}\n", "tag", "live", "blocks", "peak", "budget",
                    "refused", "oldest"));
  for (const auto& t : *s.tags)
    r.add(fmt::format("    {:<24}{:>12}{:>10}{:>12}{:>12}{:>10}{:>10}\n", t.name.empty() ? "(no tag)" : t.name,
                      bytes_text(t.live_bytes), count_text(t.live_blocks), bytes_text(t.peak_bytes),
                      t.budget_bytes ? bytes_text(*t.budget_bytes) : "none", count_text(t.refused),
                      t.oldest_age ? time_text(static_cast<double>(t.oldest_age->count())) : "-"));
}

} // namespace

std::string failures_text(const std::array<std::uint64_t, allocation_failures>& failures) {
  std::string text;
  for (std::size_t i = 0; i < failures.size(); ++i)
    if (failures[i] != 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", to_string(static_cast<allocation_failure>(i)),
                          count_text(failures[i]));
  return text.empty() ? "none" : text;
}

std::string memory_report(const memory_statistics& s, std::string_view heading) {
  report r(heading);
  add_held(r, s);
  r.group("Operations");
  r.line("allocations", count_text(s.allocations),
         fmt::format("{} from a thread's cache, {} from the pool", count_text(s.fast_allocations),
                     count_text(s.slow_allocations)));
  r.line("frees", count_text(s.frees),
         fmt::format("{} by another thread, {} in queue order", count_text(s.remote_frees),
                     count_text(s.queue_ordered_frees)));
  r.line("reused across queues", count_text(s.cross_queue_reuses));
  r.line("splits, merges", fmt::format("{}, {}", count_text(s.splits), count_text(s.merges)));
  r.line("segments made, returned", fmt::format("{}, {}", count_text(s.driver_allocations), count_text(s.driver_frees)),
         s.driver_failures ? fmt::format("the driver refused {}", count_text(s.driver_failures)) : "");
  r.line("shortages", count_text(s.shortages),
         fmt::format("{} callbacks, {} trims, {} driver retries", count_text(s.spills), count_text(s.trims),
                     count_text(s.retries)));
  r.line("failures", failures_text(s.failures));
  r.line("wrong frees", count_text(s.wrong_frees), s.wrong_frees ? "refused; a mistake in the program" : "");

  r.group("Time of an allocation");
  add_latency(r, "from a thread's cache", s.fast_latency);
  add_latency(r, "from the pool", s.slow_latency);
  add_latency(r, "making a segment", s.driver_latency);

  add_fragmentation(r, s);
  add_device(r, s);
  add_tags(r, s);
  if (!s.is_consistent) r.add("\n  Threads allocated while this was read: sums may be off by what they did.\n");
  r.add("\n  'unknown' is what nobody could say; it does not mean zero.\n");
  return r.take();
}

std::string memory_brief(const memory_statistics& s, std::string_view heading) {
  report r(heading);
  add_held(r, s);
  add_fragmentation(r, s);
  add_tags(r, s);
  return r.take();
}

std::string watch_header() {
  return fmt::format("{:>8} {:>11} {:>9} {:>11} {:>11} {:>11} {:>11} {:>12} {:>9} {:>12} {:>12}\n", "seconds",
                     "allocated", "blocks", "reserved", "free", "cached", "pending", "allocations", "failures",
                     "device free", "others");
}

std::string watch_line(const memory_statistics& s, double seconds) {
  std::uint64_t failed = 0;
  for (const auto n : s.failures)
    failed += n;
  const auto device = [&](known<std::uint64_t> device_memory_figures::*figure) {
    std::string text = s.device ? text_or_unknown((*s.device).*figure, bytes_text) : "unknown";
    return s.device && s.device->is_stale ? "~" + text : text;
  };
  return fmt::format("{:>8.1f} {:>11} {:>9} {:>11} {:>11} {:>11} {:>11} {:>12} {:>9} {:>12} {:>12}\n", seconds,
                     bytes_text(s.allocated_bytes), count_text(s.live_blocks), bytes_text(s.reserved_bytes),
                     bytes_text(s.free_bytes), bytes_text(s.cached_bytes), bytes_text(s.pending_free_bytes),
                     count_text(s.allocations), count_text(failed), device(&device_memory_figures::free_bytes),
                     device(&device_memory_figures::used_by_others_bytes));
}

} // namespace dotcompute::tool

// SPDX-License-Identifier: MIT
// One recovery: who failed, what becomes of the others, a new worker, and proof that it works.
#include "execution/command_report.hpp"
#include "execution/device_state.hpp"
#include "execution/memory_object.hpp"
#include "execution/stream_queue.hpp"
#include "execution/supervisor.hpp"
#include "support/log.hpp"

#include <algorithm>
#include <cstring>
#include <set>

namespace dotcompute {

std::string_view to_string(isolation where) noexcept {
  return where == isolation::process ? "process" : "none";
}

std::string_view to_string(recovery_cause cause) noexcept {
  switch (cause) {
  case recovery_cause::kernel_crashed: return "kernel_crashed";
  case recovery_cause::kernel_hung: return "kernel_hung";
  case recovery_cause::worker_died: return "worker_died";
  case recovery_cause::worker_stopped: return "worker_stopped";
  case recovery_cause::worker_silent: return "worker_silent";
  case recovery_cause::ring_corrupted: return "ring_corrupted";
  case recovery_cause::requested: break;
  }
  return "requested";
}

} // namespace dotcompute

namespace dotcompute::execution {
namespace {

constexpr auto canary_time = std::chrono::seconds(2);
constexpr std::uint32_t canary_items = 4096;
constexpr int most_replacements = 3;           // of a worker within one recovery
constexpr std::uint8_t most_interruptions = 3; // then a command counts as what it is that ends workers

std::string show(const std::array<std::uint64_t, 3>& size) {
  return fmt::format("{} x {} x {}", size[0], size[1], size[2]);
}

/// Commands that ran in part give the same when they run again from the first: none reads what it or a later one
/// writes.
bool can_repeat(const command* first, std::uint64_t last) {
  std::set<const detail::memory_object*> read;
  for (const command* c = first; c && c->number <= last; c = c->next) {
    for (const buffer_use& u : c->uses)
      if (u.reads) read.insert(u.memory);
    for (const buffer_use& u : c->uses)
      if (u.writes && read.contains(u.memory)) return false;
  }
  return true;
}

error culprit_error(const failed_command& f, recovery_cause cause, const std::string& symptom,
                    const detail::device_state& device) {
  const bool hung = cause == recovery_cause::kernel_hung;
  std::string text = f.what + (hung ? " was stopped: " : " brought its worker process down: ") + symptom;
  if (f.global_size[0] != 0) text += "; ND-range " + show(f.global_size) + " in work-groups of " + show(f.local_size);
  if (!f.arguments.empty()) text += "; " + f.arguments;
  if (f.ran_for) text += fmt::format("; it had run for {:.3f} ms", static_cast<double>(f.ran_for->count()) / 1e6);
  return error(hung ? error_code::kernel_hung : error_code::kernel_crashed, text,
               device.describe("queue '" + f.queue + "'",
                               "Buffers that it could write are suspect until they are written or accepted; the device "
                               "goes on."));
}

} // namespace

struct supervisor::stopped_queue {
  const detail::stream_queue& queue;
  detail::stream_queue::interrupted left;
  bool is_failing;         ///< its first command brought the worker down
  std::size_t in_flight;   ///< first commands of all queues, of which it is one
  std::int64_t stopped_at; ///< nanoseconds
};

isolated::device_work supervisor::left_on_device(const finding& f) const {
  // After a fault that its driver reports, a device runs nothing of this process.
  if (driver_.link().description().has_host_executor || f.driver_error) return isolated::device_work::none;
  return f.cause == recovery_cause::ring_corrupted ? isolated::device_work::any : isolated::device_work::begun;
}

supervisor::verdicts supervisor::judge(const stopped_queue& s, const finding& f, bool abandons, recovery_report& report,
                                       suspect_set& suspects) const {
  const detail::stream_queue& q = s.queue;
  const auto& left = s.left;
  const bool repeats = !s.is_failing && !abandons && can_repeat(left.first, left.begun) &&
                       (!left.first || left.first->interruptions < most_interruptions);
  verdicts judged;
  bool is_first = true;
  const auto fail = [&](const command& c, bool is_culprit, error_code code, const std::string& what) {
    failed_command failed = report_of(c, q.name, is_culprit);
    std::int64_t running = 0;
    if (is_first && c.number <= left.begun && q.running(running) != 0 && running != 0)
      failed.ran_for = std::chrono::nanoseconds(s.stopped_at - running);
    is_first = false;
    std::string symptom = f.symptom;
    if (is_culprit && s.in_flight > 1 && f.driver_error)
      symptom += fmt::format(" (one of {} commands that ran on the device)", s.in_flight);
    judged.emplace_back(c.number, is_culprit ? culprit_error(failed, f.cause, symptom, device_)
                                             : error(code, failed.what + what,
                                                     device_.describe("queue '" + q.name + "'",
                                                                      "Write its buffers again and repeat it.")));
    // Of several that ran on a GPU, each may be innocent.
    if (is_culprit && c.subject && (s.in_flight == 1 || !f.driver_error) &&
        device_.faults.record(c.subject->content(), c.subject->describe(), f.symptom))
      log::error("device {}: {} is refused from now on: it keeps bringing worker processes down", device_.id,
                 c.subject->describe());
    ++report.commands_failed;
    if (report.failed.size() < most_named) report.failed.push_back(std::move(failed));
  };
  for (command* c = left.first; c; c = c->next) {
    const bool begun = c->number <= left.begun;
    if (abandons) {
      fail(*c, false, error_code::cancelled, " was abandoned: " + f.symptom);
    } else if (!begun || !is_work(*c)) {
      report.commands_kept += is_work(*c) ? 1 : 0;
      continue;
    } else {
      ++c->interruptions;
      if (repeats) {
        ++report.commands_repeated;
        continue;
      }
      fail(*c, s.is_failing && is_first, error_code::interrupted,
           " was cut short when the worker process was replaced: " + f.symptom);
    }
    if (!begun) continue;
    for (const buffer_use& u : c->uses)
      if (u.writes) suspects.insert(u.memory);
  }
  for (command* c = abandons ? left.stored : nullptr; c && c->number <= left.last;
       c = c->number < left.last ? c->next : nullptr)
    fail(*c, false, error_code::cancelled, " was abandoned: " + f.symptom);
  return judged;
}

void supervisor::suspect_of(const stopped_queue& s, suspect_set& suspects) {
  for (const command* c = s.left.first; c && c->number <= s.left.begun; c = c->next)
    for (const buffer_use& u : c->uses)
      if (u.writes) suspects.insert(u.memory);
}

recovery_report supervisor::recover(const finding& f, const replacement_request* asked) {
  recovery_report report;
  report.device = device_.id;
  report.cause = f.cause;
  report.symptom = f.symptom;
  const auto since = [&] { return std::chrono::steady_clock::now() - f.since; };
  isolated::worker_link& link = driver_.link();

  const borrowed_queues borrowed = borrow();
  const auto& all = borrowed.queues;
  for (const auto& q : all)
    q->suspend();
  device_.guard.suspend();
  const bool has_culprit = f.cause == recovery_cause::kernel_crashed || f.cause == recovery_cause::kernel_hung;
  // What is lost with memory or programs cannot be run again.
  const bool abandons = asked && (asked->abandons_work || asked->discards_memory || asked->discards_programs);
  // Other queues' commands may end, unless nothing they do can be trusted.
  link.hold(has_culprit || (asked && !abandons) ? deadline_after(options_.grace) : time_point::min());

  // The process ends before anything is decided: after that nothing moves.
  const std::int64_t known_at = now_nanoseconds();
  const time_point deadline = deadline_after(options_.replacing_time);
  link.stop(deadline, left_on_device(f), asked != nullptr);
  report.worker_stopped = since();

  std::vector<detail::stream_queue::interrupted> left;
  std::size_t in_flight = 0;
  for (const auto& q : all) {
    left.push_back(q->inspect());
    const auto& l = left.back();
    in_flight += l.first && l.first->number <= l.begun ? 1 : 0;
  }
  std::vector<verdicts> judged;
  suspect_set suspects;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& l = left[i];
    const std::uint64_t id = static_cast<isolated::isolated_stream&>(all[i]->stream()).id();
    // A fault of the whole device concerns every queue in which something runs; a signal, the thread's own.
    const bool is_failing = has_culprit && l.first && l.first->number <= l.begun &&
                            (f.driver_error.has_value() || f.queue == id || (f.queue == 0 && in_flight == 1));
    const stopped_queue stopped{*all[i], l, is_failing, in_flight, known_at};
    if (asked && asked->ending && all[i]->lease.get() == asked->ending) {
      suspect_of(stopped, suspects);
      judged.emplace_back();
      continue;
    }
    judged.push_back(judge(stopped, f, abandons, report, suspects));
  }
  for (detail::memory_object* m : suspects) {
    m->suspect();
    report.bytes_suspect += m->size;
  }

  if (asked) discard(*asked, report);
  bring_in_and_prove(report, f.since, deadline, !asked || asked->uses_spare);
  device_.next_generation();
  report.generation = device_.generation();
  device_.guard.resume(report.generation);
  report.resumed = since();
  const std::string summary = fmt::format("device {} was recovered in {:.3f} ms after {} ({}); generation {}",
                                          device_.id, static_cast<double>(report.resumed.count()) / 1e6,
                                          to_string(report.cause), report.symptom, report.generation);
  log::write(asked ? log::level::info : log::level::warning, summary);
  {
    const std::lock_guard lock(guard_);
    reports_.push_back(report);
    if (reports_.size() > remembered_reports) reports_.pop_front();
    count_.fetch_add(1, std::memory_order_release);
  }
  // After the report, so that whoever hears of a failed command finds it.
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i]->resume(std::move(judged[i]));
  changed_.notify_all();
  device_.watch.hurry();
  return report;
}

void supervisor::discard(const replacement_request& request, recovery_report& report) {
  if (request.discards_memory) report.bytes_lost = device_.discard_memory().bytes;
  if (!request.discards_programs) return;
  device_.next_program_generation();
  std::vector<std::uint64_t> kept;
  for (const drivers::loaded_program* own : {canary_.get(), device_.guard.program()})
    if (own) kept.push_back(static_cast<const isolated::isolated_program&>(*own).number);
  driver_.link().forget_programs_but(kept);
}

// A new worker may itself be killed before it has shown what it can: another gets its place, as often as
// most_replacements says, within one deadline.
void supervisor::bring_in_and_prove(recovery_report& report, time_point since, time_point deadline, bool uses_spare) {
  isolated::worker_link& link = driver_.link();
  const auto passed = [since] { return std::chrono::steady_clock::now() - since; };
  for (int attempt = 1;; ++attempt) {
    const auto stopped = passed();
    const isolated::replacement r = link.bring_in(deadline, uses_spare);
    const auto after = [&](std::int64_t t) { return stopped + std::chrono::nanoseconds(t); };
    report.used_spare = r.used_spare;
    report.worker_started = after(r.started);
    report.memory_mapped = after(r.mapped);
    report.programs_loaded = after(r.loaded);
    report.bytes_kept = r.segment_bytes;
    try {
      report.canary_passed = run_canary();
      report.canary_done = passed();
      return;
    } catch (const error& e) {
      if (attempt >= most_replacements || std::chrono::steady_clock::now() >= deadline) throw;
      log::warning("device {}: {}; another worker process takes its place", device_.id, e.what());
    }
    link.stop(deadline,
              link.description().has_host_executor ? isolated::device_work::none : isolated::device_work::any);
  }
}

void supervisor::prepare_canary() {
  if (canary_tried_ || !options_.make_canary) return;
  canary_tried_ = true;
  try {
    auto made = options_.make_canary();
    if (!made) return;
    canary_memory_ = driver_.create_segment(buffer_kind::host_shared, canary_items * sizeof(std::uint32_t));
    auto stream = driver_.create_stream({});
    canary_stream_.reset(static_cast<isolated::isolated_stream*>(stream.release()));
    canary_ = std::move(made);
  } catch (const error& e) {
    if (e.kind() != error_class::transient) throw;
    canary_tried_ = false; // the worker is gone: again with the next
  }
}

known<bool> supervisor::run_canary() {
  if (!canary_) return {};
  auto* const words = reinterpret_cast<std::uint32_t*>(canary_memory_->address);
  std::fill_n(words, canary_items, 0u);
  const std::uint32_t seed = static_cast<std::uint32_t>(now_nanoseconds());
  alignas(16) std::byte arguments[16] = {};
  std::memcpy(arguments, &canary_memory_->address, 8);
  std::memcpy(arguments + 8, &seed, 4);
  drivers::launch_command c;
  c.program = canary_.get();
  c.global_size = {canary_items, 1, 1};
  c.local_size = {1, 1, 1};
  c.arguments = arguments;
  c.argument_bytes = 12;
  const std::uint64_t number = canary_stream_->reached() + 1;
  canary_stream_->submit(number, c);
  const time_point deadline = deadline_after(canary_time);
  while (canary_stream_->reached() < number) {
    if (const auto s = driver_.link().examine())
      throw error(error_class::device_lost, error_code::device_lost, "the canary kernel failed: " + s->text);
    if (std::chrono::steady_clock::now() >= deadline)
      throw error(error_class::device_lost, error_code::device_lost, "the canary kernel did not end within 2 s");
    canary_stream_->sleep(number, std::min(deadline, deadline_after(std::chrono::milliseconds(1))));
  }
  for (std::uint32_t i = 0; i < canary_items; ++i)
    if (words[i] != (i * 2654435761u ^ seed))
      throw error(error_class::device_lost, error_code::device_lost, "the canary kernel's result is wrong");
  return true;
}

} // namespace dotcompute::execution

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
#include <map>
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

bool may_have_run(const command& c) {
  return c.carried_by != carrier::none;
}

template <class Condition>
const command* first_that(const command* c, const Condition& condition) {
  while (c && !condition(*c))
    c = c->next;
  return c;
}

/// Of commands that ran in part, those before the one that is returned give the same when they run again from the
/// first: they read nothing that they or any behind them write. Null: all do.
const command* first_unrepeatable(const command* first, std::uint64_t last) {
  if (first && first->interruptions >= most_interruptions) return first;
  std::map<const detail::memory_object*, std::uint64_t> written; // by which the last time
  for (const command* c = first; c && c->number <= last; c = c->next)
    for (const buffer_use& u : c->uses)
      if (u.writes && may_have_run(*c)) written[u.memory] = c->number;
  for (const command* c = first; c && c->number <= last; c = c->next)
    for (const buffer_use& u : c->uses)
      if (const auto w = written.find(u.memory);
          u.reads && may_have_run(*c) && w != written.end() && w->second >= c->number)
        return c;
  return nullptr;
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

/// Of one that is stored: it was to be run again, or the host has begun to copy.
bool left_traces(const command& c) {
  return c.interruptions != 0 || c.carried_by == carrier::host;
}

bool is_on_device(const command& c) {
  return c.carried_by == carrier::device;
}

} // namespace

struct supervisor::stopped_queue {
  detail::stream_queue& queue;
  const detail::stream_queue::interrupted left;
  const std::int64_t stopped_at; ///< nanoseconds
  bool is_suspected = false;     ///< one of the commands that it had begun may have brought the worker down
  bool is_alone = false;         ///< no other queue is suspected

  std::uint64_t begun_work() const {
    std::uint64_t count = 0;
    for (const command* c = left.first; c && c->number <= left.begun; c = c->next)
      count += is_on_device(*c) ? 1 : 0;
    return count;
  }
};

// A fault of the whole device concerns every queue in which something ran; a signal or a limit, the thread's own.
void supervisor::find_suspects(std::vector<stopped_queue>& all, const finding& f, recovery_report& report) const {
  if (f.cause != recovery_cause::kernel_crashed && f.cause != recovery_cause::kernel_hung) return;
  std::size_t queues = 0;
  for (stopped_queue& s : all) {
    const std::uint64_t id = static_cast<isolated::isolated_stream&>(s.queue.stream()).id();
    const std::uint64_t begun = f.driver_error || f.queue == 0 || f.queue == id ? s.begun_work() : 0;
    s.is_suspected = begun != 0;
    report.commands_suspected += begun;
    queues += s.is_suspected ? 1 : 0;
  }
  for (stopped_queue& s : all)
    s.is_alone = s.is_suspected && queues == 1;
}

isolated::device_work supervisor::left_on_device(const finding& f) const {
  // After a fault that its driver reports, a device runs nothing of this process.
  if (driver_.link().description().has_host_executor || f.driver_error) return isolated::device_work::none;
  return f.cause == recovery_cause::ring_corrupted ? isolated::device_work::any : isolated::device_work::begun;
}

supervisor::judgement supervisor::judge(const stopped_queue& s, const finding& f, bool abandons,
                                        recovery_report& report, suspect_set& suspects) const {
  const detail::stream_queue& q = s.queue;
  const auto& left = s.left;
  const std::uint64_t suspected = report.commands_suspected;
  const bool is_known = s.is_suspected && suspected == 1;
  const command* const first = first_that(left.first, may_have_run);
  const command* const first_on_device = first_that(left.first, is_on_device);
  const command* unrepeatable = abandons ? first : first_unrepeatable(first, left.begun);
  if (is_known && (!unrepeatable || first_on_device->number < unrepeatable->number)) unrepeatable = first_on_device;
  bool repeats = first != unrepeatable;
  judgement judged;
  if (repeats && s.is_suspected && !is_known)
    judged.on_trial_until = unrepeatable ? unrepeatable->number - 1 : left.begun;
  const bool names_first = is_known || (s.is_alone && !repeats);
  const auto fail = [&](const command& c, bool is_named, bool is_suspected, error_code code, const std::string& what) {
    failed_command failed = report_of(c, q.name, is_suspected && is_known);
    failed.is_suspected = is_suspected && !is_known && is_on_device(c);
    std::int64_t running = 0;
    if (&c == first_on_device && c.number <= left.begun && q.running(running) != 0 && running != 0)
      failed.ran_for = std::chrono::nanoseconds(s.stopped_at - running);
    std::string symptom = f.symptom;
    if (is_named && !is_known)
      symptom +=
          fmt::format(" (if none of the {} commands behind it did, which were on the device as well)", suspected - 1);
    judged.verdicts.emplace_back(
        c.number, is_named
                      ? culprit_error(failed, f.cause, symptom, device_)
                      : error(code, failed.what + what,
                              device_.describe("queue '" + q.name + "'", "Write its buffers again and repeat it.")));
    // Of several, each may be innocent.
    if (failed.is_culprit && c.subject && device_.faults.record(c.subject->content(), c.subject->describe(), f.symptom))
      log::error("device {}: {} is refused from now on: it keeps bringing worker processes down", device_.id,
                 c.subject->describe());
    ++report.commands_failed;
    if (report.failed.size() < most_named) report.failed.push_back(std::move(failed));
  };
  for (command* c = left.first; c; c = c->next) {
    const bool begun = c->number <= left.begun;
    repeats = repeats && c != unrepeatable;
    if (abandons) {
      fail(*c, false, s.is_suspected && begun, error_code::cancelled, " was abandoned: " + f.symptom);
    } else if (!begun || !may_have_run(*c)) {
      report.commands_kept += is_work(*c) ? 1 : 0;
      continue;
    } else {
      ++c->interruptions;
      if (repeats) {
        ++report.commands_repeated;
        continue;
      }
      std::string what = " was cut short when the worker process was replaced: " + f.symptom;
      if (s.is_suspected && is_on_device(*c))
        what += fmt::format(" (it may be to blame, as one of {} commands that were on the device, and cannot be run "
                            "again by itself)",
                            suspected);
      fail(*c, c == first_on_device && names_first, s.is_suspected, error_code::interrupted, what);
    }
    if (!begun && !left_traces(*c)) continue;
    for (const buffer_use& u : c->uses)
      if (u.writes) suspects.insert(u.memory);
  }
  for (command* c = abandons ? left.stored : nullptr; c && c->number <= left.last;
       c = c->number < left.last ? c->next : nullptr) {
    fail(*c, false, false, error_code::cancelled, " was abandoned: " + f.symptom);
    for (const buffer_use& u : c->uses)
      if (u.writes && left_traces(*c)) suspects.insert(u.memory);
  }
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
  // A command of a queue, a reset or somebody outside ended it: what is asked for meanwhile is not to blame.
  const bool has_other_cause = asked || f.cause == recovery_cause::worker_stopped || (has_culprit && f.queue != 0);
  link.stop(deadline, left_on_device(f),
            has_other_cause ? isolated::worker_link::blame::others : isolated::worker_link::blame::requests);
  report.worker_stopped = since();

  std::vector<stopped_queue> stopped;
  stopped.reserve(all.size());
  for (const auto& q : all)
    stopped.push_back({*q, q->inspect(), known_at});
  find_suspects(stopped, f, report);
  std::vector<judgement> judged;
  suspect_set suspects;
  trial next;
  next.holds_all = f.driver_error || f.queue == 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (asked && asked->ending && all[i]->lease.get() == asked->ending) {
      suspect_of(stopped[i], suspects);
      judged.emplace_back();
      continue;
    }
    judged.push_back(judge(stopped[i], f, abandons, report, suspects));
    if (judged.back().on_trial_until != 0) next.suspects.push_back({all[i], judged.back().on_trial_until});
  }
  if (report.commands_suspected > 1)
    report.search = next.suspects.empty() ? culprit_search::not_repeatable : culprit_search::under_way;
  for (detail::memory_object* m : suspects) {
    m->suspect();
    report.bytes_suspect += m->size;
  }

  slow_down(report, asked != nullptr);
  if (asked) discard(*asked, report);
  bring_in_and_prove(report, f.since, deadline, !asked || asked->uses_spare);
  loop_.began(std::chrono::steady_clock::now());
  device_.next_generation();
  report.generation = next.generation = device_.generation();
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
  if (trial_ && asked) end_trial(culprit_search::broken_off);
  if (trial_ && report.commands_suspected == 1) ++trial_->culprits;
  if (report.search == culprit_search::under_way) begin_trial(std::move(next));
  // After the report, so that whoever hears of a failed command finds it.
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i]->resume(std::move(judged[i].verdicts),
                   trial_ && trial_->holds(*all[i]) ? 0 : detail::stream_queue::everything);
  changed_.notify_all();
  device_.watch.hurry();
  return report;
}

// A command that failed with its worker is why it ended, or stands in no later worker's way.
void supervisor::slow_down(const recovery_report& report, bool is_asked) {
  const bool was_of_use =
      was_of_use_.exchange(false, std::memory_order_relaxed) || is_asked || report.commands_failed != 0;
  const auto now = std::chrono::steady_clock::now();
  const auto pause = loop_.ended(was_of_use, now);
  if (!pause)
    throw error(error_class::device_lost, error_code::device_lost,
                fmt::format("{} worker processes in a row ended soon and had done nothing; the last: {}",
                            loop_.useless(), report.symptom),
                device_.describe("recover", "Look for what ends them (dmesg, limits of memory, the driver), then open "
                                            "the device again."));
  if (*pause == std::chrono::nanoseconds::zero()) return;
  log::warning("device {}: {} worker processes in a row ended and had done nothing; the next begins in {:.1f} s",
               device_.id, loop_.useless(), std::chrono::duration<double>(*pause).count());
  while (!stopping_.load(std::memory_order_seq_cst) && std::chrono::steady_clock::now() < now + *pause)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
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
    if (e.kind() != error_class::transient && e.kind() != error_class::resource) throw;
    canary_tried_ = false; // again with the next worker, or when there is more of what it needs
  }
}

known<bool> supervisor::run_canary() {
  if (!canary_) return {};
  auto* const words = reinterpret_cast<std::uint32_t*>(canary_memory_->address);
  std::fill_n(words, canary_items, 0u);
  const std::uint32_t seed = static_cast<std::uint32_t>(now_nanoseconds());
  alignas(16) std::byte arguments[16] = {};
  std::memcpy(arguments, static_cast<const void*>(&canary_memory_->address), 8);
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

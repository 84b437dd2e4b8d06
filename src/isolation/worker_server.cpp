// SPDX-License-Identifier: MIT
#include "isolation/worker_server.hpp"

#include "drivers/cpu/cpu_driver.hpp"
#include "drivers/cuda/cuda_devices.hpp"
#include "drivers/opencl/opencl_devices.hpp"
#include "isolation/fault_handler.hpp"
#include "isolation/print_pipe.hpp"
#include "isolation/queue_runner.hpp"
#include "isolation/wire_types.hpp"
#include "support/confinement.hpp"
#include "support/log.hpp"
#include "support/quiet_signals.hpp"
#include "support/system_error.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <map>
#include <thread>

namespace dotcompute::isolated {
namespace {

constexpr auto beat = std::chrono::milliseconds(50);

[[noreturn]] void refuse(const std::string& what) {
  throw error(error_code::internal, "the worker process was asked " + what);
}

class worker_server {
 public:
  worker_server(file_descriptor socket, long parent) : socket_(std::move(socket)), parent_(parent) {}
  ~worker_server() { queues_.clear(); }

  int run() {
    for (;;) {
      message m;
      switch (socket_.receive(m, deadline_after(std::chrono::hours(1)))) {
      case exchange::done: break;
      case exchange::timed_out: continue;
      case exchange::closed: return 0;
      case exchange::failed: return 1;
      }
      reply_ = byte_writer();
      reply_file_ = -1;
      message_kind kind = message_kind::answer;
      try {
        if (m.has_lost_file) throw system_error(EMFILE, "take a file from the service", "recvmsg");
        byte_reader in(m.payload);
        handle(m, in);
        if (in.failed()) refuse("in a way that cannot be read");
      } catch (const error& e) {
        kind = message_kind::refusal;
        reply_ = byte_writer();
        write_error(reply_, e);
        if (driver_ && e.kind() == error_class::device_lost) announce_driver_fault(*worker_, 0, 0, e);
      } catch (const std::exception& e) {
        kind = message_kind::refusal;
        reply_ = byte_writer();
        write_error(reply_, error(error_code::out_of_memory, e.what()));
      }
      if (socket_.send(kind, reply_.view(), reply_file_, deadline_after(std::chrono::seconds(10))) != exchange::done)
        return 1;
    }
  }

 private:
  void handle(message& m, byte_reader& in) {
    if ((driver_ != nullptr) == (m.kind == message_kind::open)) refuse("for a device before or after its time");
    switch (m.kind) {
    case message_kind::open: return open(m, in);
    case message_kind::attach_segment: return attach_segment(m, in);
    case message_kind::create_segment: return create_segment(in);
    case message_kind::detach_segment: segments_.erase(in.varint()); return;
    case message_kind::load_program: return load_program(m, in);
    case message_kind::unload_program: programs_.erase(in.varint()); return;
    case message_kind::open_queue: return open_queue(m, in);
    case message_kind::close_queue: queues_.erase(in.varint()); return;
    case message_kind::memory_usage: return memory_usage();
    case message_kind::answer:
    case message_kind::refusal: break;
    }
    refuse("something that is no request");
  }

  void open(message& m, byte_reader& in) {
    driver_description d;
    if (!decode(in, d) || d.version != protocol_version)
      throw error(error_code::unsupported, "the worker process is of another version than the library",
                  {d.id, 1, "open the device", "Install the library and its worker process together."});
    if (d.kind == driver_kind::opencl_list) {
      device_listing found;
      found.devices = opencl::devices(found.why_none);
      reply_.raw(encode(found));
      return;
    }
    page_memory_ = shared_memory(std::move(m.file), sizeof(worker_page));
    worker_ = reinterpret_cast<worker_page*>(page_memory_.data());
    catch_faults(*worker_);
    guard_thread();
    // The processors' driver needs nothing more, so it is confined while there is one thread. A GPU's has its own needs
    // while it opens the device, and is confined as far as that is possible with its threads there.
    if (d.kind == driver_kind::cpu) confine_as(confinement_profile::cpu_worker, d.id);
    drivers::driver_options options;
    options.threads = d.threads;
    options.print = [](std::string_view text) { write_print(worker_prints, text); };
    options.on_thread_start = &guard_thread;
    switch (d.kind) {
    case driver_kind::cpu: driver_ = std::make_unique<cpu::cpu_driver>(d.id, options); break;
    case driver_kind::cuda:
      driver_ = cuda::open(d.ordinal, options);
      confine_as(confinement_profile::gpu_worker, d.id);
      break;
    case driver_kind::opencl:
      driver_ = opencl::open(d.ordinal, options, d.part);
      if (!driver_->is_host_memory())
        throw error(error_code::unsupported, "the device's memory cannot be shared between processes",
                    {d.id, 1, "open the device", "Open it with isolation::none."});
      (void)confine(confinement_profile::opencl_worker); // never complete, and security.md says what is missing
      break;
    case driver_kind::opencl_list: break; // answered above
    }
    usage_ = driver_->memory_query();
    device_description about;
    about.properties = driver_->properties();
    about.target = driver_->target();
    about.segment_granularity = driver_->segment_granularity();
    about.has_host_executor = driver_->host() != nullptr;
    about.is_host_memory = driver_->is_host_memory();
    about.threads = driver_->host() ? driver_->host()->threads() : 0;
    reply_.raw(encode(about));
    const quiet_signals quiet;
    // PR_SET_PDEATHSIG would end this process with the thread that started it, which is not the service's end.
    std::thread([page = worker_, parent = parent_] {
      for (; ::getppid() == parent; std::this_thread::sleep_for(beat))
        page->heartbeat.fetch_add(1, std::memory_order_relaxed);
      ::_exit(0);
    }).detach();
  }

  static void confine_as(confinement_profile profile, const std::string& id) {
    const confinement_result confined = confine(profile, {});
    if (!confined.complete())
      log::warning("the worker process of {} is not fully confined: {}", id, confined.describe());
  }

  void attach_segment(message& m, byte_reader& in) {
    segment_request r;
    if (!decode(in, r) || !m.file) refuse("to attach a segment without its memory");
    if (segments_.contains(r.number)) return;
    segments_[r.number] = driver_->attach_segment(r.kind, r.bytes, m.file.get(), r.address);
  }

  void create_segment(byte_reader& in) {
    segment_request r;
    if (!decode(in, r)) refuse("to make a segment in a way that cannot be read");
    auto made = driver_->create_segment_at(r.kind, r.bytes, r.address);
    reply_.varint(made->bytes);
    reply_file_ = made->file;
    segments_[r.number] = std::move(made);
  }

  void load_program(message& m, byte_reader& in) {
    const std::uint64_t number = in.varint();
    struct stat about {};
    if (in.failed() || !m.file || ::fstat(m.file.get(), &about) != 0 || about.st_size <= 0)
      refuse("to load a program without its image");
    const auto bytes = static_cast<std::size_t>(about.st_size);
    const shared_memory file(std::move(m.file), bytes);
    byte_reader image({file.data(), bytes});
    stored_image stored;
    if (!decode(image, stored)) refuse("to load a program whose image cannot be read");
    auto program = driver_->load(stored.image);
    for (std::uint32_t k = 0; k < stored.image.kernels.size(); ++k)
      reply_.varint(driver_->preferred_work_group_size(*program, k));
    programs_.insert(number, std::move(program));
  }

  void open_queue(message& m, byte_reader& in) {
    const std::uint64_t number = in.varint();
    drivers::stream_options options;
    options.priority = static_cast<int>(static_cast<std::int64_t>(in.varint()));
    options.records_times = in.boolean();
    options.goes_on = in.boolean();
    if (in.failed() || !m.file) refuse("to open a queue without its memory");
    if (queues_.contains(number)) return;
    shared_memory memory(std::move(m.file), queue_memory_bytes);
    std::unique_ptr<queue_runner> runner;
    if (drivers::host_executor* const host = driver_->host())
      runner = make_host_runner(number, std::move(memory), programs_, *worker_, *host);
    else
      runner = make_stream_runner(number, std::move(memory), programs_, *worker_, driver_->create_stream(options));
    const quiet_signals quiet;
    if (options.goes_on) runner->go_on_after_failures();
    runner->start();
    queues_[number] = std::move(runner);
  }

  void memory_usage() {
    const drivers::memory_usage usage = usage_();
    for (const auto& value : {usage.total_bytes, usage.free_bytes}) {
      reply_.boolean(value.has_value());
      reply_.varint(value.value_or(0));
    }
  }

  control_socket socket_;
  const long parent_;
  shared_memory page_memory_;
  worker_page* worker_ = nullptr;
  std::unique_ptr<drivers::driver> driver_;
  std::function<drivers::memory_usage()> usage_;
  std::map<std::uint64_t, std::unique_ptr<drivers::segment>> segments_;
  program_table programs_;
  std::map<std::uint64_t, std::unique_ptr<queue_runner>> queues_;
  byte_writer reply_;
  int reply_file_ = -1;
};

// The thread that looks at the parent does not run while the process is stopped; SIGKILL needs nobody to run. The pipe
// says nothing but its end, so nothing else sends it.
bool die_with_service() {
  if (::fcntl(worker_life, F_SETOWN, ::getpid()) != 0 || ::fcntl(worker_life, F_SETSIG, SIGKILL) != 0 ||
      ::fcntl(worker_life, F_SETFL, O_ASYNC) != 0)
    return false;
  pollfd p{worker_life, 0, 0};
  return ::poll(&p, 1, 0) == 0; // it has not ended before that
}

} // namespace

int serve_worker(long parent) {
  if (!die_with_service()) return 1;
  return worker_server(file_descriptor(worker_socket), parent).run();
}

} // namespace dotcompute::isolated

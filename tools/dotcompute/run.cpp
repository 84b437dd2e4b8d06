// SPDX-License-Identifier: MIT
// dotcompute run: one kernel of one file, on data from files or made here, with results to files.
#include "binding.hpp"
#include "errors.hpp"
#include "files.hpp"
#include "memory_log.hpp"
#include "milliseconds.hpp"
#include "progress.hpp"
#include "session.hpp"
#include "source_file.hpp"

#include <algorithm>
#include <chrono>
#include <dotcompute/dotcompute.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace dotcompute::tool {

namespace {

struct run_settings {
  std::string file, kernel, global, local, offset, build_options, device = "best";
  std::vector<std::string> arguments, outputs;
  std::uint32_t threads = 0;
  std::uint64_t seed = 1;
  unsigned repeat = 1;
  double timeout = 0;     ///< seconds; 0: none
  std::string memory_log; ///< file
};

struct run_report {
  double compile_ms = 0;
  double first_ms = 0;
  std::vector<double> later_ms; ///< sorted
};

using clock = std::chrono::steady_clock;

extents extents_of(const std::vector<std::uint64_t>& sizes) {
  extents e;
  e.dimensions = static_cast<std::uint32_t>(sizes.size());
  std::copy(sizes.begin(), sizes.end(), e.sizes.begin());
  return e;
}

std::vector<std::uint64_t> parse_offset(const std::string& text) {
  // An offset may be zero, which parse_extent refuses, so each count is read one higher.
  std::vector<std::uint64_t> values;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const auto end = std::min(text.find('x', begin), text.size());
    const auto part = text.substr(begin, end - begin);
    values.push_back(part == "0" ? 0 : parse_extent(part, "--offset", 1).front());
    begin = end + 1;
  }
  if (values.size() > 3)
    throw failure(exit_code::argument, fmt::format("--offset: '{}' has more than 3 dimensions", text));
  return values;
}

nd_range range_of(const run_settings& r, const std::vector<std::uint64_t>& global) {
  nd_range range(extents_of(global));
  if (!r.local.empty()) {
    const auto local = parse_extent(r.local, "--local", 3);
    if (local.size() != global.size())
      throw failure(exit_code::argument, fmt::format("--local: '{}' has {} dimensions and --global has {}", r.local,
                                                     local.size(), global.size()));
    range = range.local(extents_of(local));
  }
  if (!r.offset.empty()) {
    const auto offset = parse_offset(r.offset);
    if (offset.size() != global.size())
      throw failure(exit_code::argument, fmt::format("--offset: '{}' has {} dimensions and --global has {}", r.offset,
                                                     offset.size(), global.size()));
    range = range.offset(extents_of(offset));
  }
  return range;
}

/// Waits no longer than --timeout. A kernel that does not end cannot be taken back, and handles wait for their
/// commands, so then the process ends here; of results nothing was written yet.
void wait_for(const event& done, const run_settings& r, const session& s, memory_log& log) {
  if (r.timeout <= 0) return done.wait();
  if (done.wait_for(std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(r.timeout))))
    return;
  log.publish();
  const auto message = fmt::format("kernel '{}' did not finish within {} s", r.kernel, r.timeout);
  fmt::print(stderr, "dotcompute: {}\n", message);
  if (s.json)
    fmt::print(
        "{}\n",
        nlohmann::json{{"error", {{"exit_code", static_cast<int>(exit_code::timeout)}, {"message", message}}}}.dump());
  std::fflush(stdout);
  ::_exit(static_cast<int>(exit_code::timeout));
}

nlohmann::ordered_json report_json(const run_settings& r, const device& d, const run_report& report,
                                   const std::vector<bound_output>& outputs,
                                   const std::vector<bound_argument>& arguments) {
  nlohmann::ordered_json j{
      {"device", d.id()},           {"isolation", to_string(d.isolation())}, {"kernel", r.kernel},
      {"global", r.global},         {"compile_ms", report.compile_ms},       {"launches", 1 + report.later_ms.size()},
      {"first_ms", report.first_ms}};
  if (!report.later_ms.empty()) {
    j["best_ms"] = report.later_ms.front();
    j["median_ms"] = report.later_ms[report.later_ms.size() / 2];
  }
  j["outputs"] = nlohmann::ordered_json::array();
  for (const auto& o : outputs) {
    const auto& a = arguments[o.index];
    j["outputs"].push_back({{"name", a.name}, {"file", o.file.path}, {"type", name_of(a.type)}, {"shape", a.shape}});
  }
  return j;
}

void print_report(const run_settings& r, const device& d, const run_report& report,
                  const std::vector<bound_output>& outputs, const std::vector<bound_argument>& arguments) {
  const std::string threads = d.threads() ? fmt::format(", {} threads", d.threads()) : "";
  fmt::print("{} on {} ({}{})\n", r.kernel, d.id(), d.properties().name.value_or("unknown name"), threads);
  fmt::print("  compiled in {:.1f} ms\n  first launch {:.3f} ms\n", report.compile_ms, report.first_ms);
  if (!report.later_ms.empty())
    fmt::print("  {} more launches: best {:.3f} ms, median {:.3f} ms\n", report.later_ms.size(),
               report.later_ms.front(), report.later_ms[report.later_ms.size() / 2]);
  for (const auto& o : outputs) {
    const auto& a = arguments[o.index];
    fmt::print("  wrote {}: {} of {}\n", o.file.path, shape_text(a.shape), name_of(a.type));
  }
}

/// What the command line says, once it was read.
struct run_plan {
  std::vector<std::uint64_t> global;
  nd_range range;
  std::vector<argument_text> arguments;
  std::vector<output_text> outputs;
  source_file source;
};

/// All that can be wrong with the command line is found before a device is opened or a file is read.
run_plan plan_run(const run_settings& r) {
  const auto global = parse_extent(r.global, "--global", 3);
  run_plan plan{global, range_of(r, global), {}, {}, {}};
  for (const auto& text : r.arguments)
    plan.arguments.push_back(parse_argument(text));
  for (const auto& text : r.outputs)
    plan.outputs.push_back(parse_output(text));
  plan.source = read_source(r.file);
  if (!r.memory_log.empty()) require_writable(r.memory_log);
  return plan;
}

argument_list list_of(const kernel& entry, const std::vector<bound_argument>& arguments) {
  argument_list list(entry);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& a = arguments[i];
    switch (a.category) {
    case argument::category::value: list.set(i, argument::value(a.value.data(), a.value.size())); break;
    case argument::category::buffer: list.set(i, a.buffer); break;
    case argument::category::local: list.set(i, a.local); break;
    }
  }
  return list;
}

/// Has released all that it allocated when it returns.
void run_on(const device& target, const run_plan& plan, const run_settings& r, const session& s, progress& line,
            memory_log& log) {
  run_report report;
  const auto compile_begin = clock::now();
  const auto compiled = program::compile(target, plan.source.text, plan.source.compile_with(r.build_options));
  report.compile_ms = milliseconds_since(compile_begin);
  if (!compiled.log().empty()) {
    line.clear();
    fmt::print(stderr, "{}{}", compiled.log(), compiled.log().ends_with('\n') ? "" : "\n");
  }
  const auto entry = compiled.kernel(r.kernel);

  auto arguments =
      bind_arguments(target, entry, plan.arguments, r.seed, [&](const std::string& what) { line.set_label(what); });
  const auto outputs = bind_outputs(entry, arguments, plan.outputs, plan.global);
  const auto list = list_of(entry, arguments);

  queue_options how;
  // A thread that runs the kernel itself could not look at the clock.
  how.lend_waiting_thread = r.timeout <= 0;
  queue commands(target, how);
  line.set_label(fmt::format("running {}", r.kernel));
  const auto first_begin = clock::now();
  wait_for(commands.launch(entry, plan.range, list), r, s, log);
  report.first_ms = milliseconds_since(first_begin);
  // Results are those of the first launch: a kernel that works in place gives the same file whatever --repeat says.
  for (const auto& output : outputs) {
    line.set_label(fmt::format("writing {}", output.file.path));
    write_output(arguments[output.index], output);
  }
  for (unsigned i = 1; i < r.repeat; ++i) {
    line.set_label(fmt::format("running {}: {} of {}", r.kernel, i + 1, r.repeat));
    const auto begin = clock::now();
    wait_for(commands.launch(entry, plan.range, list), r, s, log);
    report.later_ms.push_back(milliseconds_since(begin));
  }
  std::sort(report.later_ms.begin(), report.later_ms.end());

  line.clear();
  if (s.json)
    fmt::print("{}\n", report_json(r, target, report, outputs, arguments).dump(2));
  else
    print_report(r, target, report, outputs, arguments);
}

void run_kernel(const run_settings& r, const session& s) {
  const auto plan = plan_run(r);
  progress line(fmt::format("compiling {}", r.file));
  open_options open;
  open.threads = r.threads;
  // Standard output carries the JSON, so what kernels print goes beside it.
  if (s.json) open.print = [](std::string_view text) { fmt::print(stderr, "{}", text); };
  const auto target = device::open(r.device, open);
  memory_log log(target, r.memory_log);
  run_on(target, plan, r, s, line, log);
  log.publish();
}

} // namespace

void add_run(CLI::App& app, session& s) {
  auto* command = app.add_subcommand("run", "Run one kernel of an OpenCL C file");
  auto r = std::make_shared<run_settings>();
  s.takes_file(command->add_option("FILE", r->file, "OpenCL C source; '-' reads standard input")->required());
  command->add_option("KERNEL", r->kernel, "Name of the kernel")->required();
  command->add_option("-g,--global", r->global, "Work-items in one to three dimensions, joined by 'x': 1024x1024")
      ->required()
      ->type_name("EXTENT");
  command->add_option("-l,--local", r->local, "Work-group size, as --global; chosen well when absent")
      ->type_name("EXTENT");
  command->add_option("--offset", r->offset, "Global id of the first work-item, as --global")->type_name("EXTENT");
  command
      ->add_option("-a,--arg", r->arguments,
                   "An argument, by name or index or in order: number, 1,2,3,4 for a vector, file.npy, file.png, "
                   "float[1024]:zeros|ones|ramp|random|NUMBER, or local:float[256]; may be repeated")
      ->type_name("[NAME=]VALUE")
      ->type_size(1)
      ->allow_extra_args(false);
  command
      ->add_option("-o,--out", r->outputs,
                   "Write a buffer, as the first launch leaves it, to file.npy or file.png; may be repeated")
      ->type_name("NAME=FILE")
      ->type_size(1)
      ->allow_extra_args(false);
  command->add_option("-r,--repeat", r->repeat, "Launches in all, for timing")
      ->check(CLI::Range(1u, 1000000000u))
      ->type_name("N");
  command
      ->add_option("-b,--build-options", r->build_options,
                   "Options for the compiler: \"-D N=16 -cl-fast-relaxed-math\"")
      ->type_name("TEXT");
  command->add_option("-d,--device", r->device, "best, a back end (cpu), or one device (cpu:0)")->type_name("DEVICE");
  command->add_option("--threads", r->threads, "Threads of a CPU device; 0 takes all that quota and affinity allow")
      ->type_name("N");
  command->add_option("--seed", r->seed, "Seed of random fills")->type_name("N");
  command->add_option("--timeout", r->timeout, "Seconds that one launch may take; 0 waits an hour")
      ->check(CLI::NonNegativeNumber)
      ->type_name("SECONDS");
  s.takes_file(command
                   ->add_option("--memory-log", r->memory_log,
                                "Record the device's allocations for `dotcompute memory replay` into this file")
                   ->type_name("FILE"));
  add_isolation_option(*command, s);
  add_common_options(*command, s);
  command->footer(
      "Shapes are rows x columns, as in NumPy. A buffer of float4 takes an .npy of float32 whose last dimension is 4.\n"
      "A PNG fills uchar, ushort, half, float or double buffers: grey, or RGB and RGBA in vectors of 3 and 4.\n"
      "Example:\n"
      "  dotcompute run blur.cl blur -g 640x480 -a input=photo.png -a output=float[480x640] -o output=blurred.png");
  command->callback([r, &s] { s.action = [r, &s] { run_kernel(*r, s); }; });
}

} // namespace dotcompute::tool

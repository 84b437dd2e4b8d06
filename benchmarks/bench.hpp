// SPDX-License-Identifier: MIT
// The benchmark as a whole: which workloads, against whom, and what came out.
#pragma once

#include "measure.hpp"

#include <dotcompute/device.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dotcompute::benchmark {

struct options {
  std::vector<std::string> workloads; ///< names; empty: all
  /// Those that the device and this machine do not have are left out.
  std::vector<std::string> peers{"pocl",        "openmp",   "openmp_fast", "malloc",      "mimalloc",   "pmr",
                                 "linear_list", "best_fit", "cuda",        "cuda_memcpy", "opencl_host"};
  std::string device = "best";
  std::vector<std::string> beside; ///< other devices, on which dotcompute does the same; each a peer named by its id
  bool quick = false;              ///< smallest sizes, one round
  unsigned rounds = 7;
  /// Runs this program as `executable arguments...` for what only a fresh process can measure.
  std::filesystem::path executable;
  /// Called with the device that the workloads run on, before they allocate.
  std::function<void(const dotcompute::device&)> on_device;
  /// Called when something begins that may take seconds.
  std::function<void(const std::string&)> progress;
};

/// What dotcompute should reach, beside what it reached.
struct verdict {
  std::string against; ///< a peer's name, or empty for an absolute limit
  double wanted = 0;   ///< times as fast as the peer; or at most this much in the row's unit
  double reached = 0;
  bool good = false;
  bool is_difference = false; ///< wanted and reached are how much longer than the peer, in the row's unit
};

struct figure {
  double best = 0, median = 0;
};

struct row {
  std::string workload, title, metric, unit;
  std::optional<figure> own;
  std::map<std::string, figure> peers;
  std::map<std::string, double> ratio; ///< how many times as fast as each peer, by what is compared
  std::vector<verdict> goals;
  std::string group = "kernels";     ///< rows of one group have the same peers: "kernels", "memory" or "gpu"
  std::string isolation;             ///< "none" or "process": where the device's driver ran; empty: no device
  bool by_median = false;            ///< medians are compared, else the best of each
  bool checked = false;              ///< every side's result agreed with the reference
  std::vector<std::string> problems; ///< wrong results, sides that failed or are missing

  double compared(const figure& f) const { return by_median ? f.median : f.best; }
};

struct machine {
  std::string processor, date, compiler;
  std::string device; ///< name and driver; empty for the processors
  unsigned processors = 0;
  std::map<std::string, std::string> sides; ///< name and what exactly it is
};

struct outcome {
  machine where;
  std::vector<row> rows;
};

/// Names that options::workloads takes.
std::vector<std::string> workload_names();

/// Runs what `o` says; `on_row` sees each row as soon as it is complete. A side that fails is a problem of its row, not
/// an exception.
outcome run(const options& o, const std::function<void(const row&)>& on_row);

} // namespace dotcompute::benchmark

// SPDX-License-Identifier: MIT
// A process that runs what others wrote gives up what it does not need: once, for good, and with an account of it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute {

/// What the process is for, and so what it needs.
enum class confinement_profile : std::uint8_t {
  /// Runs generated machine code: threads, memory files, its sockets, and the files that describe the processors.
  cpu_worker,
  /// Drives a GPU: reads files as the GPU's driver does, and talks to the GPU's device files.
  gpu_worker,
  /// Drives an OpenCL device, whose driver brings a compiler that writes files, reads files and starts programs of its
  /// own choice: no file is closed off, and programs can be started, which inherit the rest.
  opencl_worker,
  /// Compiles sources: reads files outside /proc, /sys and /dev, and writes none.
  compiler,
};

struct confinement_options {
  std::size_t open_files = 1024;          ///< most descriptors that may be open at once
  std::size_t address_space_bytes = 0;    ///< most address space; 0: no limit
  pid_t parent = 0;                       ///< not 0: the process dies with the thread of this process that started it
  std::vector<std::string> read_paths{};  ///< files and folders that may be read beside the profile's
  std::vector<std::string> write_paths{}; ///< files and folders that may be read and written, devices asked
};

enum class confinement_kind : std::uint8_t {
  no_new_privileges, ///< no program gives it more rights, whatever its bits say
  capabilities,      ///< root's are gone, but for reading files (compiler) and locking memory (gpu_worker)
  no_core_dump,      ///< memory of the process is not written to disk
  not_dumpable,      ///< others with the same user may not trace it or look into its memory
  open_files,        ///< options.open_files
  address_space,     ///< options.address_space_bytes, where one is given
  dies_with_parent,  ///< options.parent, where one is given
  files,             ///< landlock: what may be opened, made, removed
  file_truncation,   ///< landlock since Linux 6.2: truncate() counts as writing
  tcp,               ///< landlock since Linux 6.7: no port is bound or connected to, by whatever socket
  device_requests,   ///< landlock since Linux 6.10: ioctl() on the profile's devices only
  reach,             ///< landlock since Linux 6.12: no signals and no abstract sockets to the outside
  system_calls,      ///< seccomp: the profile's system calls
};
inline constexpr std::size_t confinement_kinds = 13;

/// "system_calls".
std::string_view to_string(confinement_kind kind) noexcept;

struct confinement_measure {
  confinement_kind kind{};
  bool applied = false;
  std::string why; ///< when it is not: what is missing
};

/// What was done, in the order of confinement_kind; measures that the options did not ask for are left out.
struct confinement_result {
  std::vector<confinement_measure> measures;

  bool applied(confinement_kind kind) const noexcept;
  bool complete() const noexcept;
  /// "complete", or "without files (the kernel has no landlock), tcp (...)".
  std::string describe() const;
};

/// Confines the calling process until its end; children and programs it might still start inherit it. What the system
/// cannot do is reported, never an error: whoever needs it decides by the result.
///
/// To be called while the process has one thread: landlock binds the calling thread and those it starts later, so with
/// others about the landlock measures and `capabilities` are reported as not applied. System calls are filtered in all
/// threads. Files that are open stay usable; libraries that lie on disk are opened before, by cpu_worker.
///
/// Refused calls fail with EPERM (files by landlock: EACCES; clone3 and openat2, whose arguments a filter cannot see:
/// ENOSYS), so that libraries that try them go on. Calls that only an attack makes - tracing, mounting, loading
/// modules, and for cpu_worker running a program - end the process with SIGSYS, which no handler sees.
///
/// DOTCOMPUTE_CONFINEMENT=off in the environment leaves out `capabilities` and what follows `dies_with_parent`, with a
/// warning in the log; for tests that need a stand-in for a driver or compiler which a confined process could not run.
confinement_result confine(confinement_profile profile, const confinement_options& options = {});

} // namespace dotcompute

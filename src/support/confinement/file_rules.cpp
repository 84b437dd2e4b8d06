// SPDX-License-Identifier: MIT
#include "support/confinement/file_rules.hpp"

#include "support/file_descriptor.hpp"
#include "support/system_error.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cstring>
#include <memory>

namespace dotcompute::confinement {
namespace {

// The kernel's interface as it is since the versions named, also where the headers are older.
constexpr std::uint64_t execute = 1 << 0, write_file = 1 << 1, read_file = 1 << 2, read_folder = 1 << 3,
                        change_folder = 0x1ff0,                  // remove and make entries of every kind: bits 4 to 12
    refer = 1 << 13,                                             // 2
    truncate_file = 1 << 14,                                     // 3
    ask_device = 1 << 15;                                        // 5
constexpr std::uint64_t bind_tcp = 1 << 0, connect_tcp = 1 << 1; // 4
constexpr std::uint64_t scope_abstract_sockets = 1 << 0, scope_signals = 1 << 1; // 6

struct ruleset_description {
  std::uint64_t files = 0, network = 0, scopes = 0;
};

/// As many bytes of the description as a kernel of that version knows.
std::size_t description_bytes(long version) {
  return version >= 6 ? 24 : version >= 4 ? 16 : 8;
}

/// Whether a path that is there can be allowed is up to the kernel; paths that are not there need no rule.
class rule_set {
 public:
  rule_set(int file, std::uint64_t handled) : file_(file), handled_(handled) {}

  void allow(const std::string& path, std::uint64_t access) {
    file_descriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat about {};
    if (!place || fstat(place.get(), &about) != 0) return;
    // The kernel refuses rights on a file that only a folder can have.
    if (!S_ISDIR(about.st_mode)) access &= write_file | read_file | truncate_file | ask_device;
    // Packed by the kernel's definition.
    landlock_path_beneath_attr rule{};
    rule.allowed_access = access & handled_;
    rule.parent_fd = place.get();
    if (rule.allowed_access != 0 && syscall(SYS_landlock_add_rule, file_, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
      problem_ = path + ": " + describe_errno(errno);
    // An entry of /proc is another one each time it is looked up, unless somebody holds it. Held in this way it can be
    // neither read nor written.
    if (path.starts_with("/proc/")) (void)place.release();
  }

  const std::string& problem() const { return problem_; }

 private:
  int file_;
  std::uint64_t handled_;
  std::string problem_;
};

constexpr std::uint64_t reading = read_file | read_folder;
constexpr std::uint64_t writing = read_file | read_folder | write_file | truncate_file | ask_device;

/// What lies in the root folder, without the names that start one of `but`.
void allow_top(rule_set& rules, std::initializer_list<const char*> but) {
  const std::unique_ptr<DIR, int (*)(DIR*)> root(opendir("/"), &closedir);
  if (!root) return;
  while (const dirent* e = readdir(root.get())) {
    bool skipped = e->d_name[0] == '.' && (e->d_name[1] == '\0' || e->d_name[1] == '.');
    for (const char* name : but)
      skipped |= std::strcmp(e->d_name, name) == 0;
    if (!skipped) rules.allow(std::string("/") + e->d_name, reading);
  }
}

void allow_gpu_devices(rule_set& rules) {
  const std::unique_ptr<DIR, int (*)(DIR*)> devices(opendir("/dev"), &closedir);
  if (!devices) return;
  while (const dirent* e = readdir(devices.get()))
    if (std::strncmp(e->d_name, "nvidia", 6) == 0) rules.allow(std::string("/dev/") + e->d_name, writing);
}

void fill(rule_set& rules, confinement_profile profile, const confinement_options& options) {
  // How many processors and how much memory there is; limits of the container.
  for (const char* path :
       {"/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/self/cgroup", "/proc/self/statm", "/proc/self/status",
        "/proc/sys/vm/overcommit_memory", "/sys/devices/system", "/sys/fs/cgroup"})
    rules.allow(path, reading);
  rules.allow("/dev/null", writing);
  rules.allow("/dev/zero", writing);
  rules.allow("/dev/urandom", read_file);
  switch (profile) {
  case confinement_profile::cpu_worker: break;
  case confinement_profile::compiler: allow_top(rules, {"proc", "sys", "dev"}); break;
  case confinement_profile::gpu_worker:
    allow_top(rules, {"dev"});
    allow_gpu_devices(rules);
    break;
  case confinement_profile::opencl_worker: break; // see restrict_files()
  }
  for (const std::string& path : options.read_paths)
    rules.allow(path, reading);
  for (const std::string& path : options.write_paths)
    rules.allow(path, writing);
}

void report(confinement_result& result, long version, const std::string& why) {
  const struct {
    confinement_kind kind;
    long since;
  } measures[] = {{confinement_kind::files, 1},
                  {confinement_kind::file_truncation, 3},
                  {confinement_kind::tcp, 4},
                  {confinement_kind::device_requests, 5},
                  {confinement_kind::reach, 6}};
  for (const auto& m : measures) {
    const bool is_old = why.empty() && version < m.since;
    result.measures.push_back(
        {m.kind, why.empty() && !is_old,
         is_old ? "the kernel has version " + std::to_string(version) + " of landlock, of " + std::to_string(m.since)
                : why});
  }
}

std::string restrict_by(long version, confinement_profile profile, const confinement_options& options) {
  if (!is_single_threaded()) return "other threads run already, and landlock binds the calling one only";
  ruleset_description d;
  d.files = execute | write_file | read_file | read_folder | change_folder;
  if (version >= 2) d.files |= refer;
  if (version >= 3) d.files |= truncate_file;
  if (version >= 4) d.network = bind_tcp | connect_tcp;
  if (version >= 5) d.files |= ask_device;
  if (version >= 6) d.scopes = scope_signals | scope_abstract_sockets;
  const file_descriptor set(static_cast<int>(syscall(SYS_landlock_create_ruleset, &d, description_bytes(version), 0)));
  if (!set) return "landlock_create_ruleset: " + describe_errno(errno);
  rule_set rules(set.get(), d.files);
  fill(rules, profile, options);
  if (!rules.problem().empty()) return "landlock_add_rule for " + rules.problem();
  if (syscall(SYS_landlock_restrict_self, set.get(), 0) != 0) return "landlock_restrict_self: " + describe_errno(errno);
  return {};
}

} // namespace

bool is_single_threaded() {
  const std::unique_ptr<DIR, int (*)(DIR*)> tasks(opendir("/proc/self/task"), &closedir);
  unsigned count = 0;
  if (tasks)
    while (const dirent* e = readdir(tasks.get()))
      count += e->d_name[0] != '.';
  return count == 1;
}

void restrict_files(confinement_profile profile, const confinement_options& options, confinement_result& result) {
  if (profile == confinement_profile::opencl_worker)
    return report(result, 0, "the driver's compiler reads, writes and runs files of its own choice");
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) {
    report(result, 0,
           errno == ENOSYS       ? "the kernel has no landlock, which came with Linux 5.13"
           : errno == EOPNOTSUPP ? "landlock is switched off in this kernel"
                                 : "landlock_create_ruleset: " + describe_errno(errno));
    return;
  }
  report(result, version, restrict_by(version, profile, options));
}

} // namespace dotcompute::confinement

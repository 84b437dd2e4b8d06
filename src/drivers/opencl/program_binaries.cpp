// SPDX-License-Identifier: MIT
#include "drivers/opencl/program_binaries.hpp"

#include "compiler/cache/cache_folder.hpp"
#include "compiler/cache/included_files.hpp"
#include "support/log.hpp"

#include <string_view>

namespace dotcompute::opencl {
namespace {

constexpr char separator = '\0'; // in none of the texts: all come from C strings

std::string name_device(const driver_api& api, const found_device& found) {
  // Without a version nobody could tell an entry of another driver from this one's.
  const std::string version = read_text(api, found.device, device_info::driver_version);
  if (version.empty()) return {};
  return read_text(api, found.platform, platform_info::name) + separator +
         read_text(api, found.device, device_info::vendor) + separator +
         read_text(api, found.device, device_info::name) + separator + version + separator +
         read_text(api, found.device, device_info::version);
}

} // namespace

program_binaries::program_binaries(const driver_api& api, const found_device& found)
    : device_(name_device(api, found)),
      cache_(compiler::cache_folder(), device_.empty() ? 0 : compiler::cache_limit_bytes(),
             [](std::string_view what) { log::warning("{}", what); }) {}

digest program_binaries::key_of(const compiler::opencl::program_text& text) const {
  return digest_of("binary of an OpenCL driver" + std::string(1, separator) + device_ + separator + text.options +
                   separator + text.source);
}

std::vector<std::byte> program_binaries::find(const compiler::opencl::program_text& text) {
  if (compiler::may_include_files(text.source, text.options)) return {};
  const auto found = cache_.find(key_of(text));
  return found ? found->binary : std::vector<std::byte>();
}

void program_binaries::store(const compiler::opencl::program_text& text, const std::vector<std::byte>& binary) {
  if (compiler::may_include_files(text.source, text.options) || binary.empty()) return;
  compiler::result entry;
  entry.succeeded = true;
  entry.binary = binary;
  cache_.store(key_of(text), entry);
}

} // namespace dotcompute::opencl

// SPDX-License-Identifier: MIT
#include "drivers/opencl/opencl_driver.hpp"

#include "drivers/opencl/device_properties.hpp"
#include "drivers/opencl/environment.hpp"
#include "drivers/opencl/opencl_program.hpp"
#include "drivers/opencl/opencl_stream.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace dotcompute::opencl {
namespace {

constexpr std::uint32_t largest_preferred = 256; // work-items; larger groups wait longer at barriers

/// Of AMD's extension; no other driver tells.
known<std::uint64_t> read_free_memory(const driver_api& api, device_handle device) {
  if (!has_extension(read_text(api, device, device_info::extensions), "cl_amd_device_attribute_query")) return {};
  std::size_t kibibytes[2] = {}; // the second, where there is one, is the largest free block
  if (api.clGetDeviceInfo(device, device_info::global_free_memory_amd, sizeof kibibytes, kibibytes, nullptr) !=
      result::success)
    return {};
  return std::uint64_t{kibibytes[0]} << 10;
}

/// DOTCOMPUTE_OPENCL_TEXT=printed has the driver compile what is printed from the IR in place of the user's text.
compiler::opencl_target choose_text(const driver_api& api, device_handle device) {
  if (wanted_text() != "printed") return {};
  const bits numbers = read_number<bits>(api, device, device_info::single_fp_config).value_or(bits{0});
  return {true, (numbers & fp_correctly_rounded_divide_sqrt) != 0};
}

void require_usable(const driver_api& api, const found_device& found, const std::string& id) {
  const auto lacks = [&id](const char* what, const char* remedy) {
    throw error(error_code::unsupported, what, {id, 1, "open the device", remedy});
  };
  if (!read_number<boolean>(api, found.device, device_info::available).value_or(boolean{0}))
    lacks("the driver says that the device is not available", "See whether another process or a policy holds it.");
  if (!read_number<boolean>(api, found.device, device_info::compiler_available).value_or(boolean{0}))
    lacks("the device's driver has no compiler", meaning_of(result::compiler_not_available).remedy);
}

} // namespace

opencl_driver::opencl_driver(std::shared_ptr<const opencl_library> library, found_device found, const std::string& id,
                             sub_device part)
    : text_(choose_text(library->api, found.device)), properties_(read_capabilities(library->api, found)),
      binaries_(library->api, found) {
  require_known_words(id);
  require_usable(library->api, found, id);
  const memory_kind memory = choose_memory(library->api, found);
  context_ = std::make_shared<opencl_context>(std::move(library), found, id, std::move(part));
  memory_ = std::make_shared<device_memory>(context_, memory);
}

std::unique_ptr<drivers::segment> opencl_driver::create_segment(buffer_kind kind, std::uint64_t bytes) {
  return memory_->make_segment(kind, bytes, {});
}

std::unique_ptr<drivers::segment> opencl_driver::create_segment_at(buffer_kind kind, std::uint64_t bytes,
                                                                   std::byte* address) {
  return memory_->make_segment(kind, bytes, {address, -1});
}

std::unique_ptr<drivers::segment> opencl_driver::attach_segment(buffer_kind kind, std::uint64_t bytes, int file,
                                                                std::byte* address) {
  return memory_->make_segment(kind, bytes, {address, file});
}

std::function<drivers::memory_usage()> opencl_driver::memory_query() const {
  return [context = context_]() -> drivers::memory_usage {
    context->require_present("ask the device for its memory");
    return {read_number<std::uint64_t>(context->api(), context->device(), device_info::global_mem_size),
            read_free_memory(context->api(), context->device())};
  };
}

std::shared_ptr<const drivers::loaded_program> opencl_driver::load(const drivers::program_image& image) {
  return std::make_shared<opencl_program>(context_, binaries_, image);
}

std::uint32_t opencl_driver::preferred_work_group_size(const drivers::loaded_program& program,
                                                       std::uint32_t kernel) const {
  const opencl_kernel& k = static_cast<const opencl_program&>(program).kernel(kernel);
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(k.most_items, std::max(k.preferred_multiple, largest_preferred)));
}

std::unique_ptr<drivers::stream> opencl_driver::create_stream(const drivers::stream_options& options) {
  return std::make_unique<opencl_stream>(context_, memory_, options);
}

} // namespace dotcompute::opencl

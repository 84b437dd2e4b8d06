// SPDX-License-Identifier: MIT
#include "drivers/cpu/cpu_program.hpp"

#include <dotcompute/error.hpp>

namespace dotcompute::cpu {

cpu_program::cpu_program(const drivers::program_image& image, library_cache& libraries,
                         std::shared_ptr<drivers::print_sink> sink)
    : kernels_(image.kernels.size()), print_{image.print_formats, std::move(sink)} {
  if (!image.binary.empty()) library_ = libraries.load(image.name, image.binary);
  for (std::size_t i = 0; i < kernels_.size(); ++i) {
    const drivers::kernel_code& code = image.kernels[i];
    void* symbol = library_ ? library_->find(code.symbol.c_str()) : nullptr;
    if (!symbol)
      throw error(error_code::invalid_binary,
                  "the binary of '" + image.name + "' has no symbol '" + code.symbol + "' for kernel '" + code.kernel +
                      "'",
                  {"", 0, "load program", "Compile it again; the artifact may be damaged."});
    kernels_[i].entry = reinterpret_cast<kernel_entry>(symbol);
    kernels_[i].is_flat = code.is_flat;
    kernels_[i].scratch_bytes = code.scratch_bytes;
  }
}

} // namespace dotcompute::cpu

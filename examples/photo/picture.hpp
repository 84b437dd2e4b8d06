// SPDX-License-Identifier: MIT
// Pictures in memory, from JPEG and to PNG.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace photo {

struct colour_picture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgbx; ///< four bytes a pixel; the fourth means nothing
};

/// Throws std::runtime_error naming the file and the reason.
colour_picture read_jpeg(const std::filesystem::path& path);

/// Written beside `path` and renamed over it. Throws std::runtime_error.
void write_grey_png(const std::filesystem::path& path, int width, int height, const std::vector<std::uint8_t>& pixels);

} // namespace photo

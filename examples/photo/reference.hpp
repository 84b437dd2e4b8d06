// SPDX-License-Identifier: MIT
// Each stage of the pipeline as a plain loop, to compare with.
#pragma once

#include "picture.hpp"

#include <cstdint>
#include <vector>

namespace photo {

constexpr int radius = 6, bins = 256;

/// 2 * radius + 1 weights of a Gaussian with standard deviation radius / 3, of sum 1.
std::vector<float> gaussian_weights();

std::vector<float> grey_reference(const colour_picture& picture);
/// Along the rows, or else along the columns.
std::vector<float> blur_reference(const std::vector<float>& from, int width, int height, bool along_x);
std::vector<float> sobel_reference(const std::vector<float>& from, int width, int height);
std::vector<std::uint32_t> histogram_reference(const std::vector<float>& values);
std::vector<std::uint8_t> ink_reference(const std::vector<float>& edges, float strongest);

} // namespace photo

// SPDX-License-Identifier: MIT
#include "reference.hpp"

#include <algorithm>
#include <cmath>

namespace photo {

std::vector<float> gaussian_weights() {
  std::vector<double> weights;
  double sum = 0;
  for (int i = -radius; i <= radius; ++i) {
    const double t = i / (radius / 3.0);
    weights.push_back(std::exp(-0.5 * t * t));
    sum += weights.back();
  }
  std::vector<float> result;
  for (const double w : weights)
    result.push_back(static_cast<float>(w / sum));
  return result;
}

std::vector<float> grey_reference(const colour_picture& picture) {
  std::vector<float> luma(picture.rgbx.size() / 4);
  for (std::size_t i = 0; i < luma.size(); ++i) {
    const auto* p = &picture.rgbx[4 * i];
    luma[i] = static_cast<float>((0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2]) / 255.0);
  }
  return luma;
}

std::vector<float> blur_reference(const std::vector<float>& from, int width, int height, bool along_x) {
  const auto weights = gaussian_weights();
  std::vector<float> to(from.size());
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      double sum = 0;
      for (int k = -radius; k <= radius; ++k) {
        const int sx = along_x ? std::clamp(x + k, 0, width - 1) : x;
        const int sy = along_x ? y : std::clamp(y + k, 0, height - 1);
        sum += double(weights[k + radius]) * from[std::size_t(sy) * width + sx];
      }
      to[std::size_t(y) * width + x] = static_cast<float>(sum);
    }
  return to;
}

std::vector<float> sobel_reference(const std::vector<float>& from, int width, int height) {
  std::vector<float> to(from.size());
  const auto at = [&](int x, int y) { return double(from[std::size_t(y) * width + x]); };
  for (int y = 1; y < height - 1; ++y)
    for (int x = 1; x < width - 1; ++x) {
      const double across = at(x + 1, y - 1) + 2 * at(x + 1, y) + at(x + 1, y + 1) - at(x - 1, y - 1) -
                            2 * at(x - 1, y) - at(x - 1, y + 1);
      const double down = at(x - 1, y + 1) + 2 * at(x, y + 1) + at(x + 1, y + 1) - at(x - 1, y - 1) - 2 * at(x, y - 1) -
                          at(x + 1, y - 1);
      to[std::size_t(y) * width + x] = static_cast<float>(std::min(0.25 * std::hypot(across, down), 1.0));
    }
  return to;
}

std::vector<std::uint32_t> histogram_reference(const std::vector<float>& values) {
  std::vector<std::uint32_t> counts(bins);
  for (const float v : values)
    ++counts[std::min(static_cast<int>(v * bins), bins - 1)];
  return counts;
}

std::vector<std::uint8_t> ink_reference(const std::vector<float>& edges, float strongest) {
  std::vector<std::uint8_t> picture(edges.size());
  for (std::size_t i = 0; i < edges.size(); ++i)
    picture[i] = static_cast<std::uint8_t>(std::lround(255.0 * (1.0 - std::min(double(edges[i]) / strongest, 1.0))));
  return picture;
}

} // namespace photo

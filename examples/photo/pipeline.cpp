// SPDX-License-Identifier: MIT
#include "pipeline.hpp"

#include "reference.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>

namespace photo {

namespace {

constexpr std::uint64_t group_x = 64, group_y = 8;

double milliseconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

double best_of(int repeat, const std::function<void()>& work) {
  double best = milliseconds(work);
  for (int i = 1; i < repeat; ++i)
    best = std::min(best, milliseconds(work));
  return best;
}

template <class T>
double largest_difference(const std::vector<T>& have, const std::vector<T>& want) {
  double largest = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    const double difference = std::fabs(double(have[i]) - double(want[i]));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

std::string in_scientific(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", value);
  return text;
}

/// `tolerance` in the values' own unit.
template <class T>
void judge(stage_report& stage, const std::vector<T>& have, const std::vector<T>& want, double tolerance) {
  const double difference = largest_difference(have, want);
  stage.right = difference <= tolerance;
  stage.difference = difference == 0 ? "equal" : "within " + in_scientific(difference);
}

/// The value below which 99.5 % of all pixels lie, by the histogram.
float strongest_edge(const std::vector<std::uint32_t>& counts, std::size_t pixels) {
  std::size_t below = 0;
  for (int i = 0; i < bins; ++i) {
    below += counts[i];
    if (double(below) >= 0.995 * double(pixels)) return float(i + 1) / bins;
  }
  return 1.0f;
}

std::uint64_t round_up(std::uint64_t n, std::uint64_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

/// Where the build left them, unless PHOTO_KERNELS names another file.
std::string kernel_file() {
  const char* given = std::getenv("PHOTO_KERNELS");
  return given && *given ? given : PHOTO_KERNELS;
}

template <class T>
std::vector<T> download(dotcompute::queue& queue, const dotcompute::buffer<T>& from) {
  std::vector<T> to(from.size());
  queue.read(from, to).wait();
  return to;
}

} // namespace

pipeline_result run_pipeline(const dotcompute::device& device, const colour_picture& photograph, int repeat) {
  namespace dc = dotcompute;
  const int width = photograph.width, height = photograph.height;
  const std::size_t pixels = std::size_t(width) * height;
  pipeline_result result;

  dc::program program;
  dc::compile_options options;
  options.defines = {{"RADIUS", std::to_string(radius)},
                     {"BINS", std::to_string(bins)},
                     {"GROUP_X", std::to_string(group_x)},
                     {"GROUP_Y", std::to_string(group_y)}};
  result.compile_ms = milliseconds([&] { program = dc::program::from_file(device, kernel_file(), options); });

  dc::queue queue(device);
  const auto* first = reinterpret_cast<const dc::uchar4*>(photograph.rgbx.data());
  dc::buffer<dc::uchar4> colours(device, std::span<const dc::uchar4>(first, pixels));
  dc::buffer<float> weights(device, gaussian_weights());
  dc::buffer<float> luma(device, pixels), rows(device, pixels), smooth(device, pixels), edges(device, pixels);
  dc::buffer<std::uint32_t> counts(device, bins);
  dc::buffer<std::uint8_t> picture(device, pixels);

  const auto time_stage = [&](const char* name, double bytes_per_pixel,
                              const std::function<dc::event()>& launch) -> stage_report& {
    stage_report stage;
    stage.name = name;
    stage.bytes = bytes_per_pixel * double(pixels);
    stage.best_ms = best_of(repeat, [&] { launch().wait(); });
    result.stages.push_back(stage);
    return result.stages.back();
  };
  const auto tiled = dc::nd_range{{round_up(width, group_x), round_up(height, group_y)}}.local({group_x, group_y});

  auto& grey = time_stage("grey scale", 8, [&] { return queue.launch(program.kernel("grey"), pixels, colours, luma); });
  const auto luma_values = download(queue, luma);
  judge(grey, luma_values, grey_reference(photograph), 1e-6);

  auto& across = time_stage("blur along rows", 8, [&] {
    return queue.launch(program.kernel("blur_rows"), tiled, luma, rows, weights, width, height);
  });
  const auto row_values = download(queue, rows);
  judge(across, row_values, blur_reference(luma_values, width, height, true), 1e-6);

  auto& down = time_stage("blur along columns", 8, [&] {
    return queue.launch(program.kernel("blur_columns"), tiled, rows, smooth, weights, width, height);
  });
  const auto smooth_values = download(queue, smooth);
  judge(down, smooth_values, blur_reference(row_values, width, height, false), 1e-6);

  auto& gradient = time_stage("Sobel", 8, [&] {
    return queue.launch(program.kernel("sobel"), dc::nd_range{{width, height}}, smooth, edges, width, height);
  });
  const auto edge_values = download(queue, edges);
  judge(gradient, edge_values, sobel_reference(smooth_values, width, height), 1e-5);

  auto& histogram = time_stage("histogram", 4, [&] {
    queue.fill(counts, 0u);
    return queue.launch(program.kernel("histogram"), dc::nd_range(256 * 64).local(256), edges,
                        static_cast<std::uint32_t>(pixels), counts);
  });
  const auto count_values = download(queue, counts);
  judge(histogram, count_values, histogram_reference(edge_values), 0);

  const float strongest = strongest_edge(count_values, pixels);
  auto& ink =
      time_stage("ink", 5, [&] { return queue.launch(program.kernel("ink"), pixels, edges, strongest, picture); });
  result.picture = download(queue, picture);
  // A value halfway between two bytes may round either way.
  judge(ink, result.picture, ink_reference(edge_values, strongest), 1);
  return result;
}

} // namespace photo

// SPDX-License-Identifier: MIT
// The pipeline on a device: every stage timed and compared with its reference.
#pragma once

#include "picture.hpp"

#include <dotcompute/dotcompute.hpp>
#include <string>
#include <vector>

namespace photo {

struct stage_report {
  std::string name;
  double best_ms = 0;
  double bytes = 0;       ///< what the stage must read and write, each pixel counted once
  std::string difference; ///< how far from the reference
  bool right = false;
};

struct pipeline_result {
  double compile_ms = 0;
  std::vector<stage_report> stages;
  std::vector<std::uint8_t> picture; ///< one byte a pixel
};

/// Each stage runs `repeat` times; its best time counts.
pipeline_result run_pipeline(const dotcompute::device& device, const colour_picture& photograph, int repeat);

} // namespace photo

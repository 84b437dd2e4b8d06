// SPDX-License-Identifier: MIT
// Writes a JPEG of waves and a hard-edged square, as input for the photo example.   make_jpeg WIDTH HEIGHT FILE
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <jpeglib.h>
#include <vector>

int main(int count, char** arguments) {
  if (count != 4) return 2;
  const int width = std::atoi(arguments[1]), height = std::atoi(arguments[2]);
  std::FILE* file = std::fopen(arguments[3], "wb");
  if (!file || width <= 0 || height <= 0) return 1;
  jpeg_compress_struct state{};
  jpeg_error_mgr errors{};
  state.err = jpeg_std_error(&errors);
  jpeg_create_compress(&state);
  jpeg_stdio_dest(&state, file);
  state.image_width = static_cast<JDIMENSION>(width);
  state.image_height = static_cast<JDIMENSION>(height);
  state.input_components = 3;
  state.in_color_space = JCS_RGB;
  jpeg_set_defaults(&state);
  jpeg_start_compress(&state, TRUE);
  std::vector<JSAMPLE> row(std::size_t(width) * 3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool inside = x > width / 4 && x < width / 2 && y > height / 4 && y < height / 2;
      row[3 * x] = static_cast<JSAMPLE>(127 + 100 * std::sin(0.05 * x));
      row[3 * x + 1] = static_cast<JSAMPLE>(inside ? 255 : 127 + 100 * std::cos(0.07 * y));
      row[3 * x + 2] = static_cast<JSAMPLE>((x + y) % 256);
    }
    JSAMPROW one = row.data();
    jpeg_write_scanlines(&state, &one, 1);
  }
  jpeg_finish_compress(&state);
  jpeg_destroy_compress(&state);
  return std::fclose(file) == 0 ? 0 : 1;
}

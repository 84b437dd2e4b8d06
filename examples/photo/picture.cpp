// SPDX-License-Identifier: MIT
#include "picture.hpp"

#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <jpeglib.h>
#include <memory>
#include <png.h>
#include <stdexcept>

namespace photo {

namespace {

struct jpeg_failure {
  jpeg_error_mgr manager; // first: libjpeg hands back a pointer to it
  std::jmp_buf where;
  char message[JMSG_LENGTH_MAX];
};

void on_jpeg_error(j_common_ptr state) {
  auto* failure = reinterpret_cast<jpeg_failure*>(state->err);
  state->err->format_message(state, failure->message);
  std::longjmp(failure->where, 1);
}

/// Owns no object with a destructor: libjpeg's errors jump over its frame.
bool decode(std::FILE* file, jpeg_decompress_struct& state, jpeg_failure& failure, colour_picture& picture) {
  if (setjmp(failure.where)) return false;
  jpeg_create_decompress(&state);
  jpeg_stdio_src(&state, file);
  jpeg_read_header(&state, TRUE);
  state.out_color_space = JCS_EXT_RGBX;
  jpeg_start_decompress(&state);
  picture.width = static_cast<int>(state.output_width);
  picture.height = static_cast<int>(state.output_height);
  picture.rgbx.resize(std::size_t{4} * state.output_width * state.output_height);
  while (state.output_scanline < state.output_height) {
    JSAMPROW row = picture.rgbx.data() + std::size_t{4} * state.output_width * state.output_scanline;
    jpeg_read_scanlines(&state, &row, 1);
  }
  jpeg_finish_decompress(&state);
  return true;
}

} // namespace

colour_picture read_jpeg(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) throw std::runtime_error("cannot read " + path.string() + ": " + std::strerror(errno));
  jpeg_failure failure{};
  jpeg_decompress_struct state{};
  state.err = jpeg_std_error(&failure.manager);
  failure.manager.error_exit = on_jpeg_error;
  colour_picture picture;
  const bool good = decode(file.get(), state, failure, picture);
  jpeg_destroy_decompress(&state);
  if (!good) throw std::runtime_error(path.string() + " is not a usable JPEG: " + failure.message);
  return picture;
}

void write_grey_png(const std::filesystem::path& path, int width, int height, const std::vector<std::uint8_t>& pixels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = PNG_FORMAT_GRAY;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  const auto unfinished = path.string() + ".unfinished";
  if (!png_image_write_to_file(&image, unfinished.c_str(), 0, pixels.data(), width, nullptr)) {
    std::remove(unfinished.c_str());
    throw std::runtime_error("cannot write " + path.string() + ": " + image.message);
  }
  std::filesystem::rename(unfinished, path);
}

} // namespace photo

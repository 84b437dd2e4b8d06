// SPDX-License-Identifier: MIT
#include "png_file.hpp"

#include "exit_codes.hpp"
#include "files.hpp"

#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <png.h>

namespace dotcompute::tool {

namespace {

struct pixels {
  std::uint32_t width = 0, height = 0;
  unsigned depth = 8; ///< 8 or 16
  bool grey = false;
  std::vector<png_byte> rgba; ///< four components of `depth` bits, 16 in host order
};

struct reading {
  std::span<const std::byte> content;
  std::string message;
};

struct writing {
  std::vector<std::byte> content;
  std::string message;
};

// libpng is C: its error function must not return. It records the message and jumps to the setjmp of the function that
// called libpng; between the two there are only libpng's frames, and that function owns no object with a destructor.
template <class State>
void on_error(png_structp png, png_const_charp message) {
  static_cast<State*>(png_get_error_ptr(png))->message = message;
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

void take(png_structp png, png_bytep data, png_size_t size) {
  auto& state = *static_cast<reading*>(png_get_io_ptr(png));
  if (state.content.size() < size) png_error(png, "it is cut off");
  std::memcpy(data, state.content.data(), size);
  state.content = state.content.subspan(size);
}

void give(png_structp png, png_bytep data, png_size_t size) {
  auto& content = static_cast<writing*>(png_get_io_ptr(png))->content;
  const auto* first = reinterpret_cast<const std::byte*>(data);
  bool enough = true;
  try {
    content.insert(content.end(), first, first + size);
  } catch (const std::bad_alloc&) {
    enough = false; // no exception may pass through libpng's frames
  }
  if (!enough) png_error(png, "out of memory");
}

void flush(png_structp) {}

bool decode(png_structp png, png_infop info, reading& state, pixels& picture, std::vector<png_bytep>& rows) {
  const std::size_t whole = state.content.size();
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_read_fn(png, &state, take);
  png_read_info(png, info);
  picture.width = png_get_image_width(png, info);
  picture.height = png_get_image_height(png, info);
  picture.depth = png_get_bit_depth(png, info) == 16 ? 16 : 8;
  // Deflate cannot expand more than 1032 times, so a small file cannot claim a huge picture.
  if (png_get_rowbytes(png, info) > (whole * 1040 + 1024) / picture.height) png_error(png, "its size is not credible");
  picture.grey = !(png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR);
  png_set_expand(png);
  png_set_gray_to_rgb(png);
  png_set_add_alpha(png, 0xffff, PNG_FILLER_AFTER);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  png_set_swap(png);
#endif
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const std::size_t stride = png_get_rowbytes(png, info);
  if (stride != std::size_t{4} * picture.width * picture.depth / 8) png_error(png, "its colour type is not supported");
  picture.rgba.resize(stride * picture.height);
  rows.resize(picture.height);
  for (std::uint32_t y = 0; y < picture.height; ++y)
    rows[y] = picture.rgba.data() + y * stride;
  png_read_image(png, rows.data());
  png_read_end(png, nullptr);
  return true;
}

pixels decode_file(const std::filesystem::path& path) {
  const auto content = read_file(path);
  reading state{content, {}};
  pixels picture;
  std::vector<png_bytep> rows;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, on_error<reading>, on_warning);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  bool good = false;
  if (info) {
    try {
      good = decode(png, info, state, picture, rows);
    } catch (...) {
      png_destroy_read_struct(&png, &info, nullptr);
      throw;
    }
  }
  png_destroy_read_struct(&png, &info, nullptr);
  if (!good)
    throw failure(exit_code::input, fmt::format("'{}' is not a usable PNG file: {}", path.string(),
                                                state.message.empty() ? "libpng cannot start" : state.message));
  return picture;
}

bool encode(png_structp png, png_infop info, writing& state, std::uint32_t width, std::uint32_t height, unsigned depth,
            unsigned components, const std::byte* data) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_write_fn(png, &state, give, flush);
  const int colour = components == 1 ? PNG_COLOR_TYPE_GRAY : components == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_RGBA;
  png_set_IHDR(png, info, width, height, static_cast<int>(depth), colour, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if (depth == 16) png_set_swap(png);
#endif
  const std::size_t stride = std::size_t{width} * components * depth / 8;
  for (std::uint32_t y = 0; y < height; ++y)
    png_write_row(png, reinterpret_cast<png_const_bytep>(data + y * stride));
  png_write_end(png, nullptr);
  return true;
}

/// Component `c` of pixel `i`, 0 to 1.
double component(const pixels& picture, std::size_t i, unsigned c) {
  if (picture.depth == 8) return picture.rgba[4 * i + c] / 255.0;
  std::uint16_t value = 0;
  std::memcpy(&value, picture.rgba.data() + 2 * (4 * i + c), 2);
  return value / 65535.0;
}

void store(std::byte* to, scalar_type type, double value) {
  const auto put = [&](auto v) { std::memcpy(to, &v, sizeof v); };
  switch (type) {
  case scalar_type::u8: put(static_cast<std::uint8_t>(std::lround(value * 255.0))); break;
  case scalar_type::u16: put(static_cast<std::uint16_t>(std::lround(value * 65535.0))); break;
  case scalar_type::f16: put(to_half(static_cast<float>(value))); break;
  case scalar_type::f32: put(static_cast<float>(value)); break;
  default: put(value); break;
  }
}

double load(const std::byte* from, scalar_type type) {
  if (type == scalar_type::f16) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, from, 2);
    return from_half(bits);
  }
  if (type == scalar_type::f32) {
    float value = 0;
    std::memcpy(&value, from, 4);
    return value;
  }
  double value = 0;
  std::memcpy(&value, from, 8);
  return value;
}

} // namespace

void require_picture_type(element_type type, const std::string& path) {
  const bool scalar = type.scalar == scalar_type::u8 || type.scalar == scalar_type::u16 || is_floating(type.scalar);
  if (!scalar || (type.width != 1 && type.width != 3 && type.width != 4))
    throw failure(exit_code::argument,
                  fmt::format("'{}': a PNG holds uchar, ushort, half, float or double pixels of 1 (grey), 3 (RGB) or 4 "
                              "(RGBA) components, not {}",
                              path, name_of(type)));
}

array read_png(const std::filesystem::path& path, element_type type) {
  require_picture_type(type, path.string());
  const auto picture = decode_file(path);
  array data;
  data.type = type.scalar;
  data.shape = {picture.height, picture.width};
  if (type.width > 1) data.shape.push_back(type.width);
  const std::size_t count = std::size_t{picture.width} * picture.height, scalar = size_of(type.scalar);
  data.bytes.resize(count * type.width * scalar);
  for (std::size_t i = 0; i < count; ++i) {
    if (type.width == 1) {
      const double value = picture.grey ? component(picture, i, 0)
                                        : 0.2126 * component(picture, i, 0) + 0.7152 * component(picture, i, 1) +
                                              0.0722 * component(picture, i, 2);
      store(data.bytes.data() + i * scalar, type.scalar, value);
    } else {
      for (unsigned c = 0; c < type.width; ++c)
        store(data.bytes.data() + (i * type.width + c) * scalar, type.scalar, component(picture, i, c));
    }
  }
  return data;
}

void write_png(const std::filesystem::path& path, const array& data, element_type type) {
  require_picture_type(type, path.string());
  const std::size_t dimensions = type.width == 1 ? 2 : 3;
  constexpr std::uint64_t largest = 0x7fffffff;
  if (data.shape.size() != dimensions || data.shape[0] == 0 || data.shape[1] == 0 || data.shape[0] > largest ||
      data.shape[1] > largest)
    throw failure(exit_code::argument, fmt::format("'{}': a PNG needs rows x columns pixels; this buffer is {} of {}",
                                                   path.string(), shape_text(data.shape), name_of(data.type)));
  std::vector<std::byte> narrowed;
  const std::byte* source = data.bytes.data();
  if (is_floating(type.scalar)) {
    const std::size_t scalar = size_of(type.scalar);
    narrowed.resize(data.bytes.size() / scalar);
    for (std::size_t i = 0; i < narrowed.size(); ++i) {
      const double value = load(data.bytes.data() + i * scalar, type.scalar);
      narrowed[i] = static_cast<std::byte>(value >= 1 ? 255 : value > 0 ? std::lround(value * 255.0) : 0);
    }
    source = narrowed.data();
  }
  writing state;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &state, on_error<writing>, on_warning);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  bool good = false;
  if (info) {
    try {
      good =
          encode(png, info, state, static_cast<std::uint32_t>(data.shape[1]), static_cast<std::uint32_t>(data.shape[0]),
                 type.scalar == scalar_type::u16 ? 16 : 8, type.width, source);
    } catch (...) {
      png_destroy_write_struct(&png, &info);
      throw;
    }
  }
  png_destroy_write_struct(&png, &info);
  if (!good)
    throw failure(exit_code::output, fmt::format("cannot write '{}': {}", path.string(),
                                                 state.message.empty() ? "libpng cannot start" : state.message));
  write_file(path, state.content);
}

} // namespace dotcompute::tool

// A Pipeline is a transformation of a picture, decided: every step with its values, in the one order in which steps are
// done, whatever the order in which they were asked for (contract files-server 6.4).
//
// made by add_operations() from lists of [method, arguments...];  executed by transform_picture().
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace ashlar::system {

using Color = std::array<double, 4>;  // 0 to 255, alpha too

enum class Fit : std::uint8_t { cover, contain, inside, outside, fill };
std::optional<Fit> fit_from_name(std::string_view name);

struct Area {
  std::int64_t left = 0, top = 0, width = 0, height = 0;
};

struct Pipeline {
  // ---- before resizing
  std::optional<double> angle;  // given: the picture is not turned upright by what EXIF says
  bool flip = false, flop = false;
  std::optional<Area> extract_before;
  struct Trim {
    double threshold = 10;
    std::optional<Color> background;
  };
  std::optional<Trim> trim;

  // ---- resizing
  std::optional<std::int64_t> width, height;
  Fit fit = Fit::cover;
  bool without_enlargement = false, without_reduction = false;
  Color background{0, 0, 0, 255};
  struct Point {
    double x, y;
  };
  std::optional<Point> focal_point;  // in pixels of the upright original

  // ---- afterwards
  std::optional<Area> extract_after;
  struct Extend {
    std::int64_t top = 0, left = 0, bottom = 0, right = 0;
    Color background{0, 0, 0, 255};
  };
  std::optional<Extend> extend;
  std::optional<Color> flatten;
  std::optional<double> gamma;
  bool grayscale = false;
  std::optional<std::int64_t> median, threshold;
  std::optional<double> blur;
  struct Kernel {
    std::int64_t width = 0, height = 0;
    std::vector<double> values;
    double scale = 0, offset = 0;
  };
  std::optional<Kernel> convolve;
  std::vector<double> recomb;  // 9 or 16 values
  struct Modulate {
    double brightness = 1, saturation = 1, hue = 0, lightness = 0;
  };
  std::optional<Modulate> modulate;
  struct Sharpen {
    double sigma = -1, flat = 1, jagged = 2;  // a negative sigma is the quick one
  };
  std::optional<Sharpen> sharpen;
  std::vector<double> linear_factor, linear_offset;
  bool normalize = false;
  struct Clahe {
    std::int64_t width = 0, height = 0, slope = 3;
  };
  std::optional<Clahe> clahe;
  std::optional<std::string> bandbool;  // and, or, eor
  std::optional<std::int64_t> channel;
  std::optional<Color> tint;
  bool negate = false, remove_alpha = false, ensure_alpha = false;
  std::optional<std::string> color_space;  // srgb, b-w, rgb16, grey16, lab, cmyk, hsv, lch

  // ---- output
  std::string format;  // jpeg, png, webp, tiff, avif; empty: the picture's own
  std::optional<std::int64_t> quality;
  bool names_format = false;  // by toFormat: the content type follows

  // Whether nothing but sizes and the output is asked for: the quick way of shrinking while decoding is open.
  bool only_resizes() const;
};

// Adds a list of operations, each [method, arguments...]. Throws INVALID_QUERY for methods that are not allowed and for
// arguments that make no sense.
void add_operations(Pipeline& pipeline, const json::array& operations);

// The text that names what is done: equal for equal work.
std::string canonical_text(const Pipeline& pipeline);

}  // namespace ashlar::system

#include "system/images/effects.h"

#include <algorithm>

namespace ashlar::system {
namespace {

using vips::VImage;

bool is_gray(const VImage& image) { return image.bands() < 3; }

VImage colors_of(const VImage& image) {
  return image.has_alpha() ? image.extract_band(0, VImage::option()->set("n", image.bands() - 1)) : image;
}

// Does something to the colours and leaves alpha as it is.
template <typename Work>
VImage but_alpha(const VImage& image, const Work& work) {
  if (!image.has_alpha()) return work(image);
  const auto alpha = image.extract_band(image.bands() - 1);
  return work(colors_of(image)).bandjoin(alpha);
}

VImage as_bytes(const VImage& image) {
  return image.format() == VIPS_FORMAT_UCHAR ? image : image.cast(VIPS_FORMAT_UCHAR);
}

VImage sharpened(const VImage& image, const Pipeline::Sharpen& sharpen) {
  if (sharpen.sigma > 0) {
    return image.sharpen(
        VImage::option()->set("sigma", sharpen.sigma)->set("m1", sharpen.flat)->set("m2", sharpen.jagged));
  }
  return image.conv(VImage::new_matrixv(3, 3, -1.0, -1.0, -1.0, -1.0, 32.0, -1.0, -1.0, -1.0, -1.0) / 24.0);
}

VImage convolved(const VImage& image, const Pipeline::Kernel& kernel) {
  auto values = kernel.values;
  auto matrix = VImage::new_matrix(static_cast<int>(kernel.width), static_cast<int>(kernel.height), values.data(),
                                   static_cast<int>(values.size()));
  matrix.set("scale", kernel.scale);
  matrix.set("offset", kernel.offset);
  return as_bytes(image.conv(matrix));
}

VImage recombined(const VImage& image, std::vector<double> values) {
  const auto size = values.size() == 9 ? 3 : 4;
  auto colors = is_gray(image) ? image.colourspace(VIPS_INTERPRETATION_sRGB) : image;
  const auto matrix = VImage::new_matrix(size, size, values.data(), static_cast<int>(values.size()));
  const auto work = [&](const VImage& bands) { return as_bytes(bands.recomb(matrix)); };
  if (size == 4 && !colors.has_alpha()) colors = colors.bandjoin_const({255});
  return size == 4 ? work(colors) : but_alpha(colors, work);
}

VImage modulated(const VImage& image, const Pipeline::Modulate& m) {
  return but_alpha(image, [&](const VImage& colors) {
    const auto before = is_gray(colors) ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
    return colors.colourspace(VIPS_INTERPRETATION_LCH)
        .linear(std::vector<double>{m.brightness, m.saturation, 1}, std::vector<double>{m.lightness, 0, m.hue})
        .colourspace(before);
  });
}

VImage normalized(const VImage& image) {
  return but_alpha(image, [&](const VImage& colors) {
    const auto before = is_gray(colors) ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
    const auto lab = colors.colourspace(VIPS_INTERPRETATION_LAB);
    const auto luminance = lab.extract_band(0);
    const auto low = luminance.percent(1), high = luminance.percent(99);
    if (high - low < 1) return colors;
    const auto factor = 100.0 / (high - low);
    const auto stretched = luminance.linear(factor, -(low * factor));
    return stretched.bandjoin(lab.extract_band(1, VImage::option()->set("n", 2))).colourspace(before);
  });
}

VImage tinted(const VImage& image, const Color& color) {
  return but_alpha(image, [&](const VImage& colors) {
    const auto one = VImage::black(1, 1)
                         .new_from_image(std::vector<double>{color[0], color[1], color[2]})
                         .cast(VIPS_FORMAT_UCHAR)
                         .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
    const auto lab = one.colourspace(VIPS_INTERPRETATION_LAB).getpoint(0, 0);
    const auto luminance = colors.colourspace(VIPS_INTERPRETATION_LAB).extract_band(0);
    return luminance.bandjoin_const(std::vector<double>{lab[1], lab[2]})
        .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_LAB))
        .colourspace(VIPS_INTERPRETATION_sRGB);
  });
}

VImage one_by_one(const VImage& image, const std::vector<double>& factor, const std::vector<double>& offset) {
  const auto bands = static_cast<std::size_t>(image.bands());
  const auto fill = [&](std::vector<double> values, double otherwise) {
    if (values.size() == 1) values.assign(bands, values.front());
    values.resize(bands, otherwise);
    return values;
  };
  const auto count = std::max(factor.size(), offset.size());
  // Fewer values than bands are meant for the colours.
  const auto work = [&](const VImage& colors) {
    const auto n = static_cast<std::size_t>(colors.bands());
    auto a = fill(factor, 1), b = fill(offset, 0);
    a.resize(n, 1);
    b.resize(n, 0);
    return as_bytes(colors.linear(a, b));
  };
  return count == bands ? work(image) : but_alpha(image, work);
}

VipsInterpretation interpretation_of(const std::string& name) {
  if (name == "b-w") return VIPS_INTERPRETATION_B_W;
  if (name == "rgb16") return VIPS_INTERPRETATION_RGB16;
  if (name == "grey16") return VIPS_INTERPRETATION_GREY16;
  // Files of these formats hold no others: they are what they look like in sRGB.
  return VIPS_INTERPRETATION_sRGB;
}

VImage with_alpha_as_asked(VImage image, const Pipeline& pipeline) {
  if (pipeline.remove_alpha) image = colors_of(image);
  if (pipeline.ensure_alpha && !image.has_alpha()) {
    image = image.bandjoin_const({image.format() == VIPS_FORMAT_USHORT ? 65535.0 : 255.0});
  }
  return image;
}

}  // namespace

std::vector<double> color_of(const VImage& image, const Color& color) {
  const double scale = image.format() == VIPS_FORMAT_USHORT ? 257 : 1;
  std::vector<double> values;
  if (is_gray(image)) {
    values.push_back((0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2]) * scale);
  } else {
    for (std::size_t i = 0; i < 3; ++i) values.push_back(color[i] * scale);
  }
  if (image.has_alpha()) values.push_back(color[3] * scale);
  values.resize(static_cast<std::size_t>(image.bands()), color[3] * scale);
  return values;
}

VImage put_on(VImage image, std::int64_t left, std::int64_t top, std::int64_t width, std::int64_t height,
              const Color& color) {
  if (is_gray(image) && (color[0] != color[1] || color[1] != color[2])) {
    image = image.colourspace(VIPS_INTERPRETATION_sRGB);
  }
  if (color[3] < 255 && !image.has_alpha()) image = image.bandjoin_const({255});
  return image.embed(
      static_cast<int>(left), static_cast<int>(top), static_cast<int>(width), static_cast<int>(height),
      VImage::option()->set("extend", VIPS_EXTEND_BACKGROUND)->set("background", color_of(image, color)));
}

VImage apply_effects(VImage image, const Pipeline& p) {
  if (p.flatten && image.has_alpha()) {
    auto color = color_of(image, *p.flatten);
    color.resize(static_cast<std::size_t>(image.bands()) - 1);
    image = image.flatten(VImage::option()->set("background", color));
  }
  if (p.grayscale) image = image.colourspace(VIPS_INTERPRETATION_B_W);
  if (p.median && *p.median > 1) image = image.median(static_cast<int>(*p.median));
  if (p.threshold && *p.threshold > 0) {
    image = image.colourspace(VIPS_INTERPRETATION_B_W) >= static_cast<double>(*p.threshold);
  }
  if (p.blur) {
    image = *p.blur < 0 ? image.conv(VImage::new_matrixv(3, 3, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0) / 9.0)
                        : image.gaussblur(*p.blur);
    image = as_bytes(image);
  }
  if (p.convolve) image = convolved(image, *p.convolve);
  if (!p.recomb.empty()) image = recombined(image, p.recomb);
  if (p.modulate) image = modulated(image, *p.modulate);
  if (p.sharpen) image = as_bytes(sharpened(image, *p.sharpen));
  if (p.gamma) image = image.gamma(VImage::option()->set("exponent", 1.0)).cast(image.format());
  if (!p.linear_factor.empty()) image = one_by_one(image, p.linear_factor, p.linear_offset);
  if (p.normalize) image = normalized(image);
  if (p.clahe) {
    image = image.hist_local(static_cast<int>(std::min<std::int64_t>(p.clahe->width, image.width())),
                             static_cast<int>(std::min<std::int64_t>(p.clahe->height, image.height())),
                             VImage::option()->set("max_slope", static_cast<int>(p.clahe->slope)));
  }
  if (p.bandbool) {
    image = *p.bandbool == "and" ? image.bandand() : *p.bandbool == "or" ? image.bandor() : image.bandeor();
    image = image.copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_B_W));
  }
  if (p.channel) {
    if (*p.channel >= image.bands()) throw PictureError(PictureError::Kind::impossible, "There is no such channel");
    image = image.extract_band(static_cast<int>(*p.channel))
                .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_B_W));
  }
  if (p.tint) image = tinted(image, *p.tint);
  if (p.negate) image = but_alpha(image, [](const VImage& colors) { return colors.invert(); });
  image = with_alpha_as_asked(image, p);
  if (p.color_space) image = image.colourspace(interpretation_of(*p.color_space));
  return image;
}

}  // namespace ashlar::system

#include "system/images/transform.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "system/images/effects.h"
#include "system/images/open.h"

namespace ashlar::system {
namespace {

using vips::VImage;
using Kind = PictureError::Kind;

// Stops the work on a picture after the time that it may take.
class Watch {
 public:
  explicit Watch(std::int64_t milliseconds)
      : end_(std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds)) {}

  void on(const VImage& image) {
    vips_image_set_progress(image.get_image(), TRUE);
    g_signal_connect(image.get_image(), "eval", G_CALLBACK(&Watch::on_eval), this);
  }
  bool is_over() const { return is_over_; }

 private:
  static void on_eval(VipsImage* image, VipsProgress*, Watch* watch) {
    if (std::chrono::steady_clock::now() < watch->end_) return;
    watch->is_over_ = true;
    vips_image_set_kill(image, TRUE);
  }

  std::chrono::steady_clock::time_point end_;
  bool is_over_ = false;
};

struct Size {
  std::int64_t width, height;
};

std::int64_t rounded(double value) { return std::max<std::int64_t>(1, std::llround(value)); }

// What is scaled to what, and what is then cut out or put around it.
struct Plan {
  Size scaled;
  std::optional<Area> cut;
  std::optional<Size> canvas;
};

Area centre_of(const Size& outer, const Size& inner) {
  return {(outer.width - inner.width) / 2, (outer.height - inner.height) / 2, inner.width, inner.height};
}

Plan plan_resize(const Pipeline& pipeline, const Size& original) {
  auto width = pipeline.width, height = pipeline.height;
  if (!width && !height) return {original, {}, {}};
  const auto w = static_cast<double>(original.width), h = static_cast<double>(original.height);
  const auto limited = [&](double factor) {
    if (pipeline.without_enlargement) factor = std::min(factor, 1.0);
    if (pipeline.without_reduction) factor = std::max(factor, 1.0);
    return factor;
  };
  // Divided, not multiplied: halves are then rounded as others round them.
  const auto scaled = [&](double factor) { return Size{rounded(w / (1 / factor)), rounded(h / (1 / factor))}; };
  if (!width || !height) {
    const auto asked = width ? static_cast<double>(*width) / w : static_cast<double>(*height) / h;
    const auto factor = limited(asked);
    auto size = pipeline.fit == Fit::fill && factor == asked
                    ? Size{width.value_or(original.width), height.value_or(original.height)}
                    : scaled(factor);
    if (factor == asked) (width ? size.width : size.height) = width ? *width : *height;
    return {size, {}, {}};
  }
  const Size wanted{*width, *height};
  const auto fx = static_cast<double>(*width) / w, fy = static_cast<double>(*height) / h;
  switch (pipeline.fit) {
    case Fit::fill:
      return {{rounded(w * limited(fx)), rounded(h * limited(fy))}, {}, {}};
    case Fit::inside:
      return {scaled(limited(std::min(fx, fy))), {}, {}};
    case Fit::outside:
      return {scaled(limited(std::max(fx, fy))), {}, {}};
    case Fit::contain:
      return {scaled(limited(std::min(fx, fy))), {}, wanted};
    case Fit::cover:
      break;
  }
  const auto factor = limited(std::max(fx, fy));
  auto size = scaled(factor);
  const Size kept{std::min(size.width, wanted.width), std::min(size.height, wanted.height)};
  auto cut = centre_of(size, kept);
  if (pipeline.focal_point) {
    const auto along = [&](double point, std::int64_t whole, std::int64_t part) {
      const auto start = std::llround(point * factor - static_cast<double>(part) / 2);
      return std::clamp<std::int64_t>(start, 0, whole - part);
    };
    cut.left = along(pipeline.focal_point->x, size.width, kept.width);
    cut.top = along(pipeline.focal_point->y, size.height, kept.height);
  }
  return {size, cut, {}};
}

void check_size(const Size& size, const PictureLimits& limits) {
  const auto most = static_cast<double>(limits.max_dimension) * static_cast<double>(limits.max_dimension);
  if (static_cast<double>(size.width) * static_cast<double>(size.height) > most) {
    throw PictureError(Kind::impossible, "The new picture would be too large");
  }
}

VImage cut_out(const VImage& image, const Area& area) {
  if (area.left + area.width > image.width() || area.top + area.height > image.height()) {
    throw PictureError(Kind::impossible, "The area is outside of the picture");
  }
  return image.extract_area(static_cast<int>(area.left), static_cast<int>(area.top), static_cast<int>(area.width),
                            static_cast<int>(area.height));
}

bool is_turned(const VImage& image) {
  const auto orientation = image.get_typeof("orientation") != 0 ? image.get_int("orientation") : 1;
  return orientation >= 5 && orientation <= 8;
}

vips::VOption* thumbnail_options(const VImage& image, const Size& size, const PictureLimits& limits) {
  auto* options = VImage::option()
                      ->set("height", static_cast<int>(size.height))
                      ->set("size", VIPS_SIZE_FORCE)
                      ->set("fail_on", fail_on(limits));
  if (image.get_typeof("icc-profile-data") != 0) options->set("export_profile", "srgb");
  return options;
}

struct UnrefBlob {
  void operator()(VipsBlob* blob) const { vips_area_unref(VIPS_AREA(blob)); }
};

// Refers to the bytes, which must outlive all that is made of it.
std::unique_ptr<VipsBlob, UnrefBlob> blob_of(std::string_view bytes) {
  return std::unique_ptr<VipsBlob, UnrefBlob>(vips_blob_new(nullptr, bytes.data(), bytes.size()));
}

// Shrinks while it decodes, where the format allows that.
VImage quick_resize(const PictureBytes& picture, const VImage& header, const Pipeline& pipeline,
                    const PictureLimits& limits) {
  Size original{header.width(), header.height()};
  if (is_turned(header)) std::swap(original.width, original.height);
  const auto plan = plan_resize(pipeline, original);
  check_size(plan.scaled, limits);
  const auto width = static_cast<int>(plan.scaled.width);
  auto* options = thumbnail_options(header, plan.scaled, limits);
  auto image = picture.path ? VImage::thumbnail(picture.path->c_str(), width, options)
                            : VImage::thumbnail_buffer(blob_of(picture.bytes).get(), width, options);
  if (plan.cut) image = cut_out(image, *plan.cut);
  if (plan.canvas) {
    check_size(*plan.canvas, limits);
    image = put_on(image, centre_of(*plan.canvas, plan.scaled).left, centre_of(*plan.canvas, plan.scaled).top,
                   plan.canvas->width, plan.canvas->height, pipeline.background);
  }
  return image;
}

VImage turned(VImage image, const Pipeline& pipeline) {
  if (!pipeline.angle) {
    image = image.autorot();
  } else if (std::fmod(*pipeline.angle, 90) == 0) {
    const auto quarters = ((static_cast<long>(std::fmod(*pipeline.angle, 360)) / 90) + 4) % 4;
    if (quarters == 1) image = image.rot90();
    if (quarters == 2) image = image.rot180();
    if (quarters == 3) image = image.rot270();
  } else {
    image = image.rotate(*pipeline.angle);
  }
  if (pipeline.flip) image = image.flip(VIPS_DIRECTION_VERTICAL);
  if (pipeline.flop) image = image.flip(VIPS_DIRECTION_HORIZONTAL);
  return image;
}

VImage trimmed(const VImage& image, const Pipeline::Trim& trim) {
  std::vector<double> background = image.getpoint(0, 0);
  if (trim.background) background = color_of(image, *trim.background);
  auto opaque = image;
  if (image.has_alpha()) {
    background.resize(static_cast<std::size_t>(image.bands()) - 1);
    opaque = image.flatten(VImage::option()->set("background", background));
  }
  int left = 0, top = 0, width = 0, height = 0;
  left = opaque.find_trim(&top, &width, &height,
                          VImage::option()->set("threshold", trim.threshold)->set("background", background));
  if (width == 0 || height == 0) return image;  // nothing but background
  return image.extract_area(left, top, width, height);
}

// Every step of its own, on a picture that is in memory as a whole.
VImage full_transform(const PictureBytes& picture, const Pipeline& pipeline, const PictureLimits& limits,
                      Watch& watch) {
  auto image = open_picture(picture, limits, false);
  watch.on(image);
  image = image.copy_memory();
  if (image.get_typeof("icc-profile-data") != 0) {
    image = image.icc_transform("srgb", VImage::option()->set("embedded", TRUE));
  }
  image = turned(image, pipeline).copy_memory();
  if (pipeline.extract_before) image = cut_out(image, *pipeline.extract_before);
  if (pipeline.trim) image = trimmed(image, *pipeline.trim);
  const Size original{image.width(), image.height()};
  const auto plan = plan_resize(pipeline, original);
  check_size(plan.scaled, limits);
  if (plan.scaled.width != original.width || plan.scaled.height != original.height) {
    image = image.thumbnail_image(static_cast<int>(plan.scaled.width),
                                  VImage::option()
                                      ->set("height", static_cast<int>(plan.scaled.height))
                                      ->set("size", VIPS_SIZE_FORCE)
                                      ->set("no_rotate", TRUE));
  }
  if (plan.cut) image = cut_out(image, *plan.cut);
  if (plan.canvas) {
    check_size(*plan.canvas, limits);
    const auto place = centre_of(*plan.canvas, plan.scaled);
    image = put_on(image, place.left, place.top, plan.canvas->width, plan.canvas->height, pipeline.background);
  }
  if (pipeline.extract_after) image = cut_out(image, *pipeline.extract_after);
  if (pipeline.extend) {
    const auto& extend = *pipeline.extend;
    const Size size{image.width() + extend.left + extend.right, image.height() + extend.top + extend.bottom};
    check_size(size, limits);
    image = put_on(image, extend.left, extend.top, size.width, size.height, extend.background);
  }
  return apply_effects(image, pipeline);
}

std::string bytes_of(VipsBlob* blob) {
  std::size_t size = 0;
  const auto* data = vips_blob_get(blob, &size);
  std::string bytes(static_cast<const char*>(data), size);
  vips_area_unref(VIPS_AREA(blob));
  return bytes;
}

std::string saved(VImage image, const std::string& format, std::optional<std::int64_t> quality) {
  const auto q = [&](int otherwise) { return static_cast<int>(quality.value_or(otherwise)); };
  if (format == "jpeg") {
    if (image.has_alpha()) image = image.flatten();
    return bytes_of(image.jpegsave_buffer(
        VImage::option()->set("Q", std::max(1, q(80)))->set("strip", TRUE)->set("optimize_coding", TRUE)));
  }
  if (format == "png") {
    auto* options = VImage::option()->set("strip", TRUE)->set("compression", 6);
    if (quality) options->set("palette", TRUE)->set("Q", q(100));
    return bytes_of(image.pngsave_buffer(options));
  }
  if (format == "webp") {
    return bytes_of(
        image.webpsave_buffer(VImage::option()->set("Q", std::max(1, q(80)))->set("strip", TRUE)->set("effort", 4)));
  }
  if (format == "avif") {
    return bytes_of(image.heifsave_buffer(VImage::option()
                                              ->set("Q", std::max(1, q(50)))
                                              ->set("strip", TRUE)
                                              ->set("effort", 4)
                                              ->set("compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1)));
  }
  if (image.has_alpha()) image = image.flatten();
  return bytes_of(image.tiffsave_buffer(VImage::option()
                                            ->set("Q", std::max(1, q(80)))
                                            ->set("strip", TRUE)
                                            ->set("compression", VIPS_FOREIGN_TIFF_COMPRESSION_JPEG)));
}

// The frames of an animation, each shrunk by itself.
VImage animated_resize(const PictureBytes& picture, const Pipeline& pipeline, const PictureLimits& limits) {
  auto frames = open_picture(picture, limits, true);
  const auto height = frames.get_int("page-height");
  const auto count = frames.height() / height;
  const auto plan = plan_resize(pipeline, {frames.width(), height});
  check_size({plan.scaled.width, plan.scaled.height * count}, limits);
  frames = frames.copy_memory();
  std::vector<VImage> done;
  for (int i = 0; i < count; ++i) {
    auto frame = frames.extract_area(0, i * height, frames.width(), height);
    frame = frame.thumbnail_image(static_cast<int>(plan.scaled.width),
                                  VImage::option()
                                      ->set("height", static_cast<int>(plan.scaled.height))
                                      ->set("size", VIPS_SIZE_FORCE)
                                      ->set("no_rotate", TRUE));
    if (plan.cut) frame = cut_out(frame, *plan.cut);
    if (plan.canvas) {
      const auto place = centre_of(*plan.canvas, plan.scaled);
      frame = put_on(frame, place.left, place.top, plan.canvas->width, plan.canvas->height, pipeline.background);
    }
    done.push_back(frame);
  }
  auto joined = VImage::arrayjoin(done, VImage::option()->set("across", 1)).copy();
  joined.set("page-height", done.front().height());
  return joined;
}

bool is_animated(const VImage& header) { return header.get_typeof("n-pages") != 0 && header.get_int("n-pages") > 1; }

}  // namespace

std::string transform_picture(const PictureBytes& picture, const Pipeline& pipeline, std::string_view own_format,
                              const PictureLimits& limits) {
  Watch watch(limits.timeout_milliseconds);
  const auto format = pipeline.format.empty() ? std::string(own_format) : pipeline.format;
  try {
    const auto header = open_picture(picture, limits, false);
    const bool resizes_only = pipeline.only_resizes();
    VImage image;
    if (resizes_only && format == "webp" && is_animated(header)) {
      image = animated_resize(picture, pipeline, limits);
    } else {
      image = resizes_only ? quick_resize(picture, header, pipeline, limits)
                           : full_transform(picture, pipeline, limits, watch);
    }
    watch.on(image);
    return saved(image, format, pipeline.quality);
  } catch (const vips::VError& error) {
    if (watch.is_over()) {
      vips_error_clear();
      throw PictureError(Kind::timeout, "The transformation took too long");
    }
    throw_broken(error);
  }
}

}  // namespace ashlar::system

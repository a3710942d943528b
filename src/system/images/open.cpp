#include "system/images/open.h"

#include "system/images/bombs.h"

namespace ashlar::system {

using vips::VImage;

[[noreturn]] void throw_broken(const vips::VError& error) {
  vips_error_clear();
  throw PictureError(PictureError::Kind::broken, error.what());
}

VipsFailOn fail_on(const PictureLimits& limits) {
  if (limits.sensitivity == "none") return VIPS_FAIL_ON_NONE;
  if (limits.sensitivity == "truncated") return VIPS_FAIL_ON_TRUNCATED;
  if (limits.sensitivity == "error") return VIPS_FAIL_ON_ERROR;
  return VIPS_FAIL_ON_WARNING;
}

VImage open_picture(const PictureBytes& picture, const PictureLimits& limits, bool all_frames) {
  start_pictures();
  if (is_bomb(picture)) {
    throw PictureError(PictureError::Kind::too_large, "The picture is a bomb");
  }
  try {
    auto* options = VImage::option()->set("access", VIPS_ACCESS_SEQUENTIAL)->set("fail_on", fail_on(limits));
    auto image = picture.path ? VImage::new_from_file(picture.path->c_str(), options)
                              : VImage::new_from_buffer(picture.bytes.data(), picture.bytes.size(), "", options);
    const auto frames = image.get_typeof("n-pages") != 0 ? image.get_int("n-pages") : 1;
    const auto counted = all_frames ? frames : 1;
    const auto pixels = static_cast<double>(image.width()) * image.height() * counted;
    const auto most = static_cast<double>(limits.max_dimension) * static_cast<double>(limits.max_dimension);
    if (pixels > most) throw PictureError(PictureError::Kind::too_large, "The picture has too many pixels");
    if (!all_frames || frames <= 1) return image;
    auto* animated =
        VImage::option()->set("access", VIPS_ACCESS_SEQUENTIAL)->set("fail_on", fail_on(limits))->set("n", -1);
    return picture.path ? VImage::new_from_file(picture.path->c_str(), animated)
                        : VImage::new_from_buffer(picture.bytes.data(), picture.bytes.size(), "", animated);
  } catch (const vips::VError& error) {
    throw_broken(error);
  }
}

}  // namespace ashlar::system

// Making pictures of pictures.
#pragma once
#include <string>

#include "system/images/picture.h"
#include "system/images/pipeline.h"

namespace ashlar::system {

// The bytes of the new picture. `own_format` (jpeg, png, webp, tiff, avif) is used where the pipeline names none. Keeps
// no metadata. Throws PictureError.
std::string transform_picture(const PictureBytes& picture, const Pipeline& pipeline, std::string_view own_format,
                              const PictureLimits& limits);

}  // namespace ashlar::system

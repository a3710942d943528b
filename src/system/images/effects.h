// The steps of a pipeline that change colours and pixels, but neither cut nor scale.
#pragma once
#include <cstdint>
#include <vector>

#include <vips/vips8>

#include "system/images/picture.h"
#include "system/images/pipeline.h"

namespace ashlar::system {

// The colour with as many values as the picture has bands.
std::vector<double> color_of(const vips::VImage& image, const Color& color);

// The picture on a larger canvas of that colour.
vips::VImage put_on(vips::VImage image, std::int64_t left, std::int64_t top, std::int64_t width, std::int64_t height,
                    const Color& color);

vips::VImage apply_effects(vips::VImage image, const Pipeline& pipeline);

}  // namespace ashlar::system

// Opening pictures with libvips, for the files of this folder only: its header is a large one.
#pragma once
#include <vips/vips8>

#include "system/images/picture.h"

namespace ashlar::system {

// What its header says; no pixel is decoded. Throws PictureError, also for more pixels than the limits allow and for
// formats that are not read.
vips::VImage open_picture(const PictureBytes& picture, const PictureLimits& limits, bool all_frames);

// From errors of libvips.
[[noreturn]] void throw_broken(const vips::VError& error);

VipsFailOn fail_on(const PictureLimits& limits);

}  // namespace ashlar::system

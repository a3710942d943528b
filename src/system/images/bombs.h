// Pictures of which the decoders would make too much before there is anything that could be stopped, found by walking
// over their parts: for each directory of a TIFF libtiff looks through all that came before, for each frame of a WebP
// libvips walks from the first one on, and so does libjpeg for each segment of a JPEG that it keeps; texts in a PNG may
// be a thousand times as long as they are stored. A file of some megabytes would keep them busy for minutes.
#pragma once
#include "system/images/picture.h"

namespace ashlar::system {

// False for other formats, whose decoders take no longer than the file is large.
bool is_bomb(const PictureBytes& picture);

}  // namespace ashlar::system

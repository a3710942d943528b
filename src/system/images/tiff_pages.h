// The directories of a TIFF, counted before libtiff does that: for each it looks through all that came before, so that
// a file of some megabytes, with a hundred thousand empty ones, keeps it busy for minutes.
#pragma once
#include "system/images/picture.h"

namespace ashlar::system {

// False for what is no TIFF, and for one whose directories are no more than a document has pages.
bool has_too_many_pages(const PictureBytes& picture);

}  // namespace ashlar::system

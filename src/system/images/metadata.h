// What pictures tell about themselves (contract files-server 2).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "system/images/picture.h"

namespace ashlar::system {

struct PictureFacts {
  std::int64_t width = 0, height = 0;            // as it is shown: after EXIF orientation
  json::object metadata;                         // by sections, only what is listed
  std::optional<std::string> caption, headline;  // IPTC
  json::value keywords;                          // a list, a text where there is one, or null
};

// `allowed`: "section.Key", "section", or "*". Throws PictureError.
PictureFacts read_picture(const PictureBytes& picture, const PictureLimits& limits,
                          const std::vector<std::string>& allowed);

// The sections of single blocks, as they stand in pictures; for tests and for the function above. Damaged blocks give
// what can be read of them.
json::object exif_sections(std::string_view block);
json::object iptc_section(std::string_view block);
json::object icc_section(std::string_view profile);
json::object xmp_section(std::string_view packet);

}  // namespace ashlar::system

#include "system/images/picture.h"

#include <vips/vips8>

#include <array>
#include <mutex>

namespace ashlar::system {

bool is_readable_picture(std::string_view type) { return type == "image/gif" || is_transformable_picture(type); }

bool is_transformable_picture(std::string_view type) {
  return type == "image/jpeg" || type == "image/png" || type == "image/webp" || type == "image/tiff" ||
         type == "image/avif";
}

void start_pictures() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (VIPS_INIT("ashlar") != 0) throw std::runtime_error("libvips can't be started");
    vips_concurrency_set(1);
    // Requests have nothing in common that would be worth keeping, and what is kept is memory.
    vips_cache_set_max(0);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    for (const auto* loader : {"VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp",
                               "VipsForeignLoadTiff", "VipsForeignLoadHeif", "VipsForeignLoadNsgif"}) {
      vips_operation_block_set(loader, FALSE);
    }
  });
}

}  // namespace ashlar::system

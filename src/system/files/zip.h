// Writes a ZIP archive as a stream: files are stored as they are, one after the other, in flat memory. Large ones and
// large archives are marked as ZIP64 (APPNOTE.TXT 4.3 and 4.5).
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace ashlar::system {

class ZipWriter {
 public:
  using Sink = std::function<void(std::string_view)>;
  ZipWriter(Sink sink, Moment now);

  // A path that ends in a slash is a folder, and has no content. `size` in bytes: what `write` gives must be as much.
  void add(std::string_view path, std::uint64_t size, const std::function<void(const Sink&)>& write);

  // The directory of what was added.
  void finish();

 private:
  struct Entry {
    std::string path;
    std::uint64_t size, offset;
    std::uint32_t checksum;
  };
  void put(std::string_view bytes);

  Sink sink_;
  std::uint32_t stamp_;  // date and time as DOS wrote them
  std::uint64_t offset_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace ashlar::system

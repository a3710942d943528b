#include "system/images/tiff_pages.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <functional>
#include <optional>

namespace ashlar::system {
namespace {

constexpr int most_pages = 4096;

// Copies bytes from a place of the file; false where there are not so many.
using Look = std::function<bool(std::uint64_t offset, char* buffer, std::size_t size)>;

class Tiff {
 public:
  explicit Tiff(const Look& look) : look_(look) {
    std::array<char, 4> magic{};
    if (!look_(0, magic.data(), magic.size())) return;
    is_little_ = magic[0] == 'I';
    if (std::memcmp(magic.data(), is_little_ ? "II" : "MM", 2) != 0) return;
    const auto version = static_cast<unsigned char>(is_little_ ? magic[2] : magic[3]);
    is_big_ = version == 43;
    is_tiff_ = is_big_ || version == 42;
  }

  bool is_tiff() const { return is_tiff_; }

  std::optional<std::uint64_t> first() const { return is_big_ ? number(8, 8) : number(4, 4); }

  // TIFF 6.0, section 2: a count, so many entries of 12 bytes, the place of the next directory. BigTIFF's are wider.
  std::optional<std::uint64_t> after(std::uint64_t directory) const {
    const auto count = number(directory, is_big_ ? 8 : 2);
    constexpr std::uint64_t most_entries = 65'535;
    if (!count || *count > most_entries) return std::nullopt;
    return is_big_ ? number(directory + 8 + *count * 20, 8) : number(directory + 2 + *count * 12, 4);
  }

 private:
  std::optional<std::uint64_t> number(std::uint64_t offset, std::size_t size) const {
    std::array<char, 8> bytes{};
    if (!look_(offset, bytes.data(), size)) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = value << 8U | static_cast<unsigned char>(bytes.at(is_little_ ? size - 1 - i : i));
    }
    return value;
  }

  const Look& look_;
  bool is_tiff_ = false, is_little_ = false, is_big_ = false;
};

bool has_too_many(const Look& look) {
  const Tiff tiff(look);
  if (!tiff.is_tiff()) return false;
  auto next = tiff.first();
  for (int pages = 0; next && *next != 0; ++pages) {
    if (pages == most_pages) return true;
    next = tiff.after(*next);
  }
  return false;
}

}  // namespace

bool has_too_many_pages(const PictureBytes& picture) {
  if (!picture.path) {
    return has_too_many([&](std::uint64_t offset, char* buffer, std::size_t size) {
      if (offset > picture.bytes.size() || picture.bytes.size() - offset < size) return false;
      std::memcpy(buffer, picture.bytes.data() + offset, size);
      return true;
    });
  }
  std::ifstream file(*picture.path, std::ios::binary);
  return has_too_many([&](std::uint64_t offset, char* buffer, std::size_t size) {
    if (offset > static_cast<std::uint64_t>(INT64_MAX)) return false;
    file.clear();
    return file.seekg(static_cast<std::streamoff>(offset)) && file.read(buffer, static_cast<std::streamsize>(size));
  });
}

}  // namespace ashlar::system

#include "system/images/bombs.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace ashlar::system {
namespace {

constexpr int most_frames = 10'000;  // also segments and directories
constexpr int most_chunks = 100'000;
constexpr std::uint64_t most_packed_text = std::uint64_t{256} << 10U;  // bytes, all together

// Copies bytes from a place of the file, as many as there are. Gives their number.
using Look = std::function<std::size_t(std::uint64_t offset, char* buffer, std::size_t size)>;

std::optional<std::uint64_t> number_at(const Look& look, std::uint64_t offset, std::size_t size, bool is_little) {
  std::array<char, 8> bytes{};
  if (look(offset, bytes.data(), size) < size) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value << 8U | static_cast<unsigned char>(bytes.at(is_little ? size - 1 - i : i));
  }
  return value;
}

// TIFF 6.0, section 2: each directory is a count, so many entries of 12 bytes, the place of the next one. Those of
// BigTIFF are wider.
bool has_many_directories(const Look& look, bool is_little, bool is_big) {
  constexpr std::uint64_t most_entries = 65'535;
  auto next = is_big ? number_at(look, 8, 8, is_little) : number_at(look, 4, 4, is_little);
  for (int count = 0; next && *next != 0; ++count) {
    if (count == most_frames) return true;
    const auto entries = number_at(look, *next, is_big ? 8 : 2, is_little);
    if (!entries || *entries > most_entries) return false;
    next = is_big ? number_at(look, *next + 8 + *entries * 20, 8, is_little)
                  : number_at(look, *next + 2 + *entries * 12, 4, is_little);
  }
  return false;
}

// WebP is RIFF: chunks one after the other, each a name, a size and so many bytes, to an even number.
bool has_many_frames(const Look& look) {
  constexpr std::uint64_t first = 12;
  int frames = 0;
  std::array<char, 4> name{};
  auto offset = first;
  for (int chunks = 0; look(offset, name.data(), name.size()) == name.size(); ++chunks) {
    const bool is_frame = std::string_view(name.data(), name.size()) == "ANMF";
    if (chunks == most_chunks || (is_frame && ++frames > most_frames)) return true;
    const auto size = number_at(look, offset + 4, 4, true);
    if (!size) return false;
    offset += 8 + *size + (*size & 1U);
  }
  return false;
}

// Of an iTXt chunk: a keyword of at most 79 bytes, 0, and whether the text is packed.
bool is_packed(const Look& look, std::uint64_t offset) {
  std::array<char, 81> begin{};
  const std::string_view bytes(begin.data(), look(offset, begin.data(), begin.size()));
  const auto end = bytes.find('\0');
  return end == bytes.npos || end + 1 >= bytes.size() || bytes[end + 1] != 0;
}

// PNG: chunks of a size, a name, so many bytes and a checksum. What stands behind the pixels nobody reads.
bool has_long_texts(const Look& look) {
  constexpr std::uint64_t first = 8, around = 12;
  std::uint64_t packed = 0;
  std::array<char, 8> head{};
  auto offset = first;
  for (int chunks = 0; look(offset, head.data(), head.size()) == head.size(); ++chunks) {
    const auto name = std::string_view(head.data(), head.size()).substr(4);
    const auto size = number_at(look, offset, 4, false);
    if (!size || name == "IDAT") return false;
    if (name == "zTXt" || (name == "iTXt" && is_packed(look, offset + 8))) packed += *size;
    if (chunks == most_chunks || packed > most_packed_text) return true;
    offset += around + *size;
  }
  return false;
}

// JPEG (ITU T.81, annex B): segments begin with a marker and their size; between them are compressed bytes, in which
// 0xFF is followed by 0 or by the number of a restart.
bool has_many_segments(const Look& look) {
  constexpr unsigned char stuffed = 0x00, temporary = 0x01, first_restart = 0xD0, start = 0xD8, end = 0xD9, fill = 0xFF;
  constexpr std::size_t head_size = 4;
  std::vector<char> block(std::size_t{64} << 10U);
  int count = 0;
  std::uint64_t offset = 0;
  for (;;) {
    const std::string_view bytes(block.data(), look(offset, block.data(), block.size()));
    std::size_t at = 0;
    while ((at = bytes.find(static_cast<char>(fill), at)) != bytes.npos && at + head_size <= bytes.size()) {
      const auto marker = static_cast<unsigned char>(bytes[at + 1]);
      if (marker == end) return false;
      if (marker == fill) {
        at += 1;
      } else if (marker == stuffed || marker == temporary || (marker >= first_restart && marker <= start)) {
        at += 2;
      } else {
        if (++count > most_frames) return true;
        at += 2 + static_cast<unsigned char>(bytes[at + 2]) * 256U + static_cast<unsigned char>(bytes[at + 3]);
      }
      if (at >= bytes.size()) break;  // a segment that ends behind the block
    }
    if (at == bytes.npos) at = bytes.size();
    if (at == 0 || bytes.size() < head_size) return false;
    offset += at;
  }
}

bool is_bomb_inside(const Look& look) {
  std::array<char, 12> head{};
  if (look(0, head.data(), head.size()) < head.size()) return false;
  const std::string_view text(head.data(), head.size());
  if (text.starts_with("\xFF\xD8")) return has_many_segments(look);
  if (text.starts_with("RIFF") && text.ends_with("WEBP")) return has_many_frames(look);
  if (text.starts_with("\x89PNG")) return has_long_texts(look);
  const bool is_little = text.starts_with("II");
  if (!is_little && !text.starts_with("MM")) return false;
  constexpr char tiff = 42, big_tiff = 43;
  const auto version = text[is_little ? 2 : 3];
  return (version == tiff || version == big_tiff) && has_many_directories(look, is_little, version == big_tiff);
}

}  // namespace

bool is_bomb(const PictureBytes& picture) {
  if (!picture.path) {
    const std::string_view bytes(picture.bytes);
    return is_bomb_inside([&](std::uint64_t offset, char* buffer, std::size_t size) {
      return offset > bytes.size() ? 0 : bytes.copy(buffer, size, static_cast<std::size_t>(offset));
    });
  }
  std::ifstream file(*picture.path, std::ios::binary);
  return is_bomb_inside([&](std::uint64_t offset, char* buffer, std::size_t size) -> std::size_t {
    if (offset > static_cast<std::uint64_t>(INT64_MAX)) return 0;
    file.clear();
    if (!file.seekg(static_cast<std::streamoff>(offset))) return 0;
    file.read(buffer, static_cast<std::streamsize>(size));
    return static_cast<std::size_t>(file.gcount());
  });
}

}  // namespace ashlar::system

#include "system/files/zip.h"

#include <zlib.h>

#include <algorithm>
#include <stdexcept>

namespace ashlar::system {
namespace {

constexpr std::uint64_t limit32 = 0xFFFFFFFF;
constexpr std::uint64_t flags = 0x0808;  // checksum and sizes follow the content; names are UTF-8

std::string number(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

std::uint32_t dos_stamp(Moment moment) {
  const auto civil = civil_utc(moment);
  const auto date = static_cast<unsigned>((std::max(civil.year, 1980) - 1980) << 9 | civil.month << 5 | civil.day);
  const auto time = static_cast<unsigned>(civil.hour << 11 | civil.minute << 5 | civil.second / 2);
  return date << 16 | time;
}

std::uint64_t in32(std::uint64_t value) { return std::min(value, limit32); }

}  // namespace

ZipWriter::ZipWriter(Sink sink, Moment now) : sink_(std::move(sink)), stamp_(dos_stamp(now)) {}

void ZipWriter::put(std::string_view bytes) {
  sink_(bytes);
  offset_ += bytes.size();
}

void ZipWriter::add(std::string_view path, std::uint64_t size, const std::function<void(const Sink&)>& write) {
  Entry entry{std::string(path), size, offset_, 0};
  const bool is_large = size >= limit32;
  const auto extra = is_large ? number(1, 2) + number(16, 2) + number(0, 8) + number(0, 8) : std::string();
  put("PK\x03\x04" + number(is_large ? 45 : 20, 2) + number(flags, 2) + number(0, 2) + number(stamp_, 4) +
      number(0, 4) + number(is_large ? limit32 : 0, 4) + number(is_large ? limit32 : 0, 4) + number(path.size(), 2) +
      number(extra.size(), 2) + entry.path + extra);
  auto checksum = ::crc32(0, nullptr, 0);
  const auto start = offset_;
  if (write) {
    write([&](std::string_view piece) {
      checksum = ::crc32(checksum, reinterpret_cast<const Bytef*>(piece.data()), static_cast<uInt>(piece.size()));
      put(piece);
    });
  }
  if (offset_ - start != size) throw std::runtime_error("a file changed while it was packed");
  entry.checksum = static_cast<std::uint32_t>(checksum);
  const auto width = is_large ? 8 : 4;
  put("PK\x07\x08" + number(entry.checksum, 4) + number(size, width) + number(size, width));
  entries_.push_back(std::move(entry));
}

void ZipWriter::finish() {
  const auto start = offset_;
  for (const auto& entry : entries_) {
    std::string extra;
    if (entry.size >= limit32) extra += number(entry.size, 8) + number(entry.size, 8);
    if (entry.offset >= limit32) extra += number(entry.offset, 8);
    if (!extra.empty()) extra = number(1, 2) + number(extra.size(), 2) + extra;
    const bool is_folder = entry.path.ends_with('/');
    put("PK\x01\x02" + number(0x032D, 2) + number(extra.empty() ? 20 : 45, 2) + number(flags, 2) + number(0, 2) +
        number(stamp_, 4) + number(entry.checksum, 4) + number(in32(entry.size), 4) + number(in32(entry.size), 4) +
        number(entry.path.size(), 2) + number(extra.size(), 2) + number(0, 2) + number(0, 2) + number(0, 2) +
        number(is_folder ? 040755U << 16 | 0x10 : 0100644U << 16, 4) + number(in32(entry.offset), 4) + entry.path +
        extra);
  }
  const auto size = offset_ - start;
  if (entries_.size() >= 0xFFFF || size >= limit32 || start >= limit32) {
    const auto place = offset_;
    put("PK\x06\x06" + number(44, 8) + number(0x032D, 2) + number(45, 2) + number(0, 4) + number(0, 4) +
        number(entries_.size(), 8) + number(entries_.size(), 8) + number(size, 8) + number(start, 8));
    put("PK\x06\x07" + number(0, 4) + number(place, 8) + number(1, 4));
  }
  const auto count = std::min<std::uint64_t>(entries_.size(), 0xFFFF);
  put("PK\x05\x06" + number(0, 2) + number(0, 2) + number(count, 2) + number(count, 2) + number(in32(size), 4) +
      number(in32(start), 4) + number(0, 2));
}

}  // namespace ashlar::system

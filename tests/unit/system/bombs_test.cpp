#include "system/images/bombs.h"

#include <gtest/gtest.h>

#include <string>

namespace ashlar::system {
namespace {

using namespace std::string_literals;

bool is_refused(std::string bytes) { return is_bomb({.path = {}, .bytes = std::move(bytes)}); }

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string little(std::uint64_t value, int size) {
  std::string out;
  for (int i = 0; i < size; ++i) out += static_cast<char>(value >> (8 * i) & 255U);
  return out;
}

std::string tiff(int pages) {
  auto out = "II*\0"s + little(8, 4);
  for (int i = 1; i <= pages; ++i) {
    out += little(1, 2) + std::string(12, '\0') + little(i < pages ? out.size() + 2 + 12 + 4 : 0, 4);
  }
  return out;
}

// A segment of that size, with 0xFF in it.
std::string segment(std::size_t size) {
  return "\xFF\xE1"s + static_cast<char>(size >> 8U) + static_cast<char>(size & 255U) + std::string(size - 2, '\xFF');
}

std::string jpeg(const std::string& segments) { return "\xFF\xD8"s + segments + "\xFF\xD9"s; }

std::string webp(int frames) { return "RIFF\0\0\0\0WEBP"s + repeated("ANMF\1\0\0\0xx"s, frames); }

std::string png_chunk(const std::string& name, const std::string& data) {
  auto size = little(data.size(), 4);
  return std::string(size.rbegin(), size.rend()) + name + data + "sum."s;
}

TEST(Bombs, AreTiffsOfMorePagesThanDocumentsHave) {
  EXPECT_FALSE(is_refused(tiff(1)));
  EXPECT_FALSE(is_refused(tiff(10'000)));
  EXPECT_TRUE(is_refused(tiff(10'001)));
  EXPECT_TRUE(is_refused("II*\0\x08\0\0\0\0\0\x08\0\0\0"s)) << "a directory that is its own next one";
  EXPECT_FALSE(is_refused("MM\0*\0\0\0\x08\0"s)) << "broken off";
}

TEST(Bombs, AreJpegsOfManySegmentsWhereverTheseStand) {
  EXPECT_FALSE(is_refused(jpeg(repeated(segment(2), 10'000))));
  EXPECT_TRUE(is_refused(jpeg(repeated(segment(2), 10'001))));
  // What is in a segment is none, nor what is in the compressed bytes, wherever blocks of reading end.
  for (const std::size_t size : {3, 4, 5, 1021, 65'535}) {
    EXPECT_FALSE(is_refused(jpeg(repeated(segment(size), 900)))) << size;
  }
  const auto pixels = repeated("\xFF\0abc\xFF\xD0"s, 40'000);
  EXPECT_FALSE(is_refused(jpeg(segment(9) + pixels + segment(9))));
  EXPECT_TRUE(is_refused(jpeg(segment(9) + pixels + repeated(segment(7), 10'000))));
  EXPECT_FALSE(is_refused("\xFF\xD8"s + std::string(200'000, '\xFF')));
  EXPECT_FALSE(is_refused("\xFF\xD8\xFF\xE1\xFF"s + std::string(8, 'x')));
}

TEST(Bombs, AreWebpsOfManyFrames) {
  EXPECT_FALSE(is_refused(webp(10'000)));
  EXPECT_TRUE(is_refused(webp(10'001)));
  EXPECT_TRUE(is_refused("RIFF\0\0\0\0WEBP"s + repeated("JUNK\0\0\0\0"s, 100'001)));
}

TEST(Bombs, ArePngsOfLongPackedTexts) {
  const auto start = "\x89PNG\r\n\x1a\n"s + png_chunk("IHDR", std::string(13, 'x'));
  const std::string text(200'000, 'x');
  EXPECT_FALSE(is_refused(start + png_chunk("zTXt", text) + png_chunk("IDAT", "")));
  EXPECT_TRUE(is_refused(start + png_chunk("zTXt", text) + png_chunk("iTXt", "key\0\1\0"s + text)));
  EXPECT_FALSE(is_refused(start + png_chunk("zTXt", text) + png_chunk("iTXt", "key\0\0\0"s + text))) << "not packed";
  EXPECT_FALSE(is_refused(start + png_chunk("IDAT", "") + png_chunk("zTXt", text) + png_chunk("zTXt", text)));
}

TEST(Bombs, AreNoOtherFiles) {
  EXPECT_FALSE(is_refused(""));
  EXPECT_FALSE(is_refused("GIF89a and so on"));
  EXPECT_FALSE(is_bomb({.path = "/nowhere", .bytes = ""}));
}

}  // namespace
}  // namespace ashlar::system

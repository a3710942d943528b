#include "http/compression.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include "http/content_coding.h"

namespace ashlar::http {
namespace {

constexpr std::size_t limit = 10'000'000;

std::string undone(const std::string& coding, const std::string& body) {
  if (coding != "zstd") return decode_content(coding, body, limit);
  // Written piece by piece, so the size is not known beforehand.
  std::string out(limit, '\0');
  out.resize(ZSTD_decompress(out.data(), out.size(), body.data(), body.size()));
  return out;
}

std::string long_text() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "row " + std::to_string(i) + "\n";
  return text;
}

TEST(Compression, TakesTheBestThatTheClientAccepts) {
  const auto name = [](std::string_view header) { return std::string(coding_name(negotiate_coding(header))); };
  EXPECT_EQ(name(""), "identity");
  EXPECT_EQ(name("identity"), "identity");
  EXPECT_EQ(name("deflate, compress"), "identity");
  EXPECT_EQ(name("gzip"), "gzip");
  EXPECT_EQ(name("gzip, deflate, br, zstd"), "zstd");
  EXPECT_EQ(name("GZIP;q=0.9, br;q=0.5"), "gzip");
  EXPECT_EQ(name("br;q=0, *"), "gzip");
  EXPECT_EQ(name("gzip;q=0"), "identity");
}

class EachCoding : public testing::TestWithParam<const char*> {};

TEST_P(EachCoding, GivesBackWhatItGot) {
  for (const auto& text : {std::string(), std::string("a"), long_text()}) {
    const auto packed = compress(negotiate_coding(GetParam()), text);
    EXPECT_EQ(undone(GetParam(), packed), text);
    if (text.size() > limit / 100) {
      EXPECT_LT(packed.size(), text.size() / 2);
    }
  }
}

// Gathers what it gets.
class Gathering : public BodyWriter {
 public:
  void write(std::string_view piece) override { text += piece; }
  void flush() override { ++flushes; }
  std::string text;
  int flushes = 0;
};

TEST_P(EachCoding, CompressesStreams) {
  auto response = Response::streamed("application/json", [](BodyWriter& out) {
    out.write("first ");
    out.flush();
    for (int i = 0; i < 1000; ++i) out.write("again and again ");
  });
  compress_answer(response, GetParam(), {});
  EXPECT_EQ(response.header("content-encoding"), GetParam());
  Gathering out;
  response.stream(out);
  EXPECT_EQ(out.flushes, 1);
  EXPECT_EQ(undone(GetParam(), out.text).size(), 6U + 16'000U);
  EXPECT_LT(out.text.size(), 500U);
}

INSTANTIATE_TEST_SUITE_P(All, EachCoding, testing::Values("gzip", "br", "zstd"));

TEST(Compression, IsLeftOutWhereItGainsNothing) {
  const auto coding_of = [](Response response, CompressionOptions options = {}) {
    compress_answer(response, "gzip", options);
    return std::string(response.header("content-encoding"));
  };
  EXPECT_EQ(coding_of(Response::json(long_text())), "gzip");
  EXPECT_EQ(coding_of(Response::json("[]")), "");
  EXPECT_EQ(coding_of(Response::text(long_text(), 200, "image/png")), "");
  EXPECT_EQ(coding_of(Response::text(long_text(), 200, "text/event-stream")), "");
  EXPECT_EQ(coding_of(Response::json(long_text()), {.enabled = false}), "");
  auto encoded = Response::json(long_text());
  encoded.add_header("Content-Encoding", "br");
  EXPECT_EQ(coding_of(std::move(encoded)), "br");
  auto fixed = Response::json(long_text());
  fixed.add_header("Cache-Control", "no-transform");
  EXPECT_EQ(coding_of(std::move(fixed)), "");
}

TEST(Compression, IsToldToCachesOnTheWayAlsoWhereItWasNotUsed) {
  auto response = Response::json(long_text());
  response.add_header("Vary", "Origin");
  compress_answer(response, "", {});
  EXPECT_EQ(response.header("vary"), "Origin, Accept-Encoding");
  EXPECT_EQ(response.header("content-encoding"), "");
}

}  // namespace
}  // namespace ashlar::http

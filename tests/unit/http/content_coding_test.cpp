#include "http/content_coding.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "base/error.h"

namespace ashlar::http {
namespace {

std::string deflated(const std::string& text, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY);
  std::string out(compressBound(text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

constexpr int gzip = 15 + 16, zlib = 15, raw = -15;

// "hello hello hello hello", made by another implementation: only the decoder is linked.
const std::string brotli_hello("\x1b\x16\x00\xf8\x8d\x94\x6e\xde\x44\x55\x86\x96\x6c\x20\x6f\x21\x4f\x1c\xe0\x38", 20);

TEST(ContentCoding, UndoesGzipDeflateAndTheirList) {
  const std::string text(100'000, 'x');
  EXPECT_EQ(decode_content("gzip", deflated(text, gzip), 200'000), text);
  EXPECT_EQ(decode_content("GZIP", deflated(text, gzip), 200'000), text);
  EXPECT_EQ(decode_content("deflate", deflated(text, zlib), 200'000), text);
  EXPECT_EQ(decode_content("deflate", deflated(text, raw), 200'000), text);
  EXPECT_EQ(decode_content("deflate, gzip", deflated(deflated(text, zlib), gzip), 200'000), text);
  EXPECT_EQ(decode_content("br", brotli_hello, 200'000), "hello hello hello hello");
  EXPECT_EQ(decode_content("identity", text, 200'000), text);
  EXPECT_EQ(decode_content("", text, 200'000), text);
}

TEST(ContentCoding, LimitsTheDecodedSize) {
  const std::string bomb(1'000'000, '0');
  EXPECT_THROW(decode_content("gzip", deflated(bomb, gzip), 999'999), ApiError);
  EXPECT_NO_THROW(decode_content("gzip", deflated(bomb, gzip), 1'000'000));
}

TEST(ContentCoding, RefusesBrokenBodies) {
  auto cut = deflated("some text that is long enough", gzip);
  cut.resize(cut.size() - 5);
  EXPECT_THROW(decode_content("gzip", cut, 1000), ApiError);
  EXPECT_THROW(decode_content("gzip", "no gzip at all", 1000), ApiError);
  EXPECT_THROW(decode_content("gzip", deflated("a", gzip) + "more", 1000), ApiError);
  EXPECT_THROW(decode_content("br", "\x01\x02\x03garbage", 1000), ApiError);
  EXPECT_THROW(decode_content("br", brotli_hello.substr(0, 6), 1000), ApiError);
  EXPECT_THROW(decode_content("zstd", "x", 1000), ApiError);
}

}  // namespace
}  // namespace ashlar::http

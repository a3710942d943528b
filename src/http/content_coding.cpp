#include "http/content_coding.h"

#include <brotli/decode.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace ashlar::http {

namespace {

constexpr std::size_t piece_size = 16 * 1024;

void append(std::string& out, const char* piece, std::size_t size, std::size_t limit) {
  if (size > limit - out.size()) throw ApiError::invalid_payload("The decoded body is too large.");
  out.append(piece, size);
}

// gzip and zlib are told apart by their first byte; some clients send "deflate" without zlib's header.
int window_bits(std::string_view coding, std::string_view body) {
  constexpr int automatic = 15 + 32;
  constexpr int raw = -15;
  const auto zlib_header = !body.empty() && (body.front() & 0x0f) == 8;
  return coding == "deflate" && !zlib_header ? raw : automatic;
}

std::string inflate_body(std::string_view coding, const std::string& body, std::size_t limit) {
  z_stream stream{};
  if (inflateInit2(&stream, window_bits(coding, body)) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> ender(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  std::string out;
  std::array<char, piece_size> piece;
  for (auto status = Z_OK; status != Z_STREAM_END;) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = piece.size();
    status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END) {
      throw ApiError::invalid_payload("The body is not valid " + std::string(coding) + ".");
    }
    append(out, piece.data(), piece.size() - stream.avail_out, limit);
  }
  if (stream.avail_in > 0) throw ApiError::invalid_payload("The body goes on after the end of its encoding.");
  return out;
}

std::string unbrotli_body(const std::string& body, std::size_t limit) {
  const std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> state(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), BrotliDecoderDestroyInstance);
  if (!state) throw std::bad_alloc();
  auto input_left = body.size();
  const auto* input = reinterpret_cast<const std::uint8_t*>(body.data());
  std::string out;
  std::array<char, piece_size> piece;
  for (auto result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT; result != BROTLI_DECODER_RESULT_SUCCESS;) {
    auto room = piece.size();
    auto* output = reinterpret_cast<std::uint8_t*>(piece.data());
    result = BrotliDecoderDecompressStream(state.get(), &input_left, &input, &room, &output, nullptr);
    if (result == BROTLI_DECODER_RESULT_ERROR || result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) {
      throw ApiError::invalid_payload("The body is not valid br.");
    }
    append(out, piece.data(), piece.size() - room, limit);
  }
  if (input_left > 0) throw ApiError::invalid_payload("The body goes on after the end of its encoding.");
  return out;
}

}  // namespace

std::string decode_content(std::string_view codings, std::string body, std::size_t limit) {
  auto list = split(codings, ',');
  std::reverse(list.begin(), list.end());
  for (const auto entry : list) {
    const auto coding = to_lower(trim(entry));
    if (coding.empty() || coding == "identity") continue;
    if (coding == "gzip" || coding == "x-gzip" || coding == "deflate") {
      body = inflate_body(coding, body, limit);
    } else if (coding == "br") {
      body = unbrotli_body(body, limit);
    } else {
      throw ApiError::invalid_payload("Unsupported content encoding \"" + coding + "\".");
    }
  }
  return body;
}

}  // namespace ashlar::http

// Compression of answers: which coding a client gets, and applying it to bodies in memory and to streamed ones.
// Request bodies are decoded in content_coding.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/response.h"

namespace ashlar::http {

struct CompressionOptions {
  bool enabled = true;
  std::size_t smallest = 2048;  // bytes; a smaller body gains nothing
};

enum class Coding : std::uint8_t { identity, gzip, br, zstd };
std::string_view coding_name(Coding coding);

// What an Accept-Encoding header asks for: the best of its codings by quality; of equals zstd before br before gzip,
// since that is how much they give for their time. An absent header asks for identity.
Coding negotiate_coding(std::string_view accept_encoding);

// Whether bodies of that type become smaller at all: texts do, pictures and archives do not.
bool is_compressible(std::string_view content_type);

// The whole text, compressed. The coding must not be identity.
std::string compress(Coding coding, std::string_view text);

// Compresses the body of the answer, or what its stream will write, where that is worth it and the client accepts it.
// Says by Vary that it could have been otherwise.
void compress_answer(Response& response, std::string_view accept_encoding, const CompressionOptions& options);

}  // namespace ashlar::http

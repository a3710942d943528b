#include "http/compression.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <stdexcept>

#include "base/text.h"
#include "http/headers.h"

namespace ashlar::http {
namespace {

// Answers are made anew for each request, so time counts more than the last tenth of their size. Of a list of 44 kB,
// these make 9, 8.3 and 7.4 kB in 180, 140 and 70 us; gzip at level 6 needs four times as long for 6.3 kB.
constexpr int gzip_level = 1, brotli_quality = 2, zstd_level = 3;
constexpr int gzip_window = 15 + 16;  // with gzip's header instead of zlib's
constexpr std::size_t piece_size = 16 * 1024;

// Appends what comes out of it to a text.
class Encoder {
 public:
  enum class Until : std::uint8_t { more, flush, end };
  virtual ~Encoder() = default;
  virtual void put(std::string_view piece, Until until, std::string& out) = 0;
};

class GzipEncoder : public Encoder {
 public:
  GzipEncoder() {
    constexpr int usual_memory = 8;
    if (deflateInit2(&stream_, gzip_level, Z_DEFLATED, gzip_window, usual_memory, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~GzipEncoder() override { deflateEnd(&stream_); }

  void put(std::string_view piece, Until until, std::string& out) override {
    const int flush = until == Until::end ? Z_FINISH : until == Until::flush ? Z_SYNC_FLUSH : Z_NO_FLUSH;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
    std::array<char, piece_size> room;
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(room.data());
      stream_.avail_out = room.size();
      deflate(&stream_, flush);
      out.append(room.data(), room.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

 private:
  z_stream stream_{};
};

class BrotliEncoder : public Encoder {
 public:
  BrotliEncoder() : state_(BrotliEncoderCreateInstance(nullptr, nullptr, nullptr), BrotliEncoderDestroyInstance) {
    if (!state_) throw std::bad_alloc();
    BrotliEncoderSetParameter(state_.get(), BROTLI_PARAM_QUALITY, brotli_quality);
  }

  void put(std::string_view piece, Until until, std::string& out) override {
    const auto operation = until == Until::end     ? BROTLI_OPERATION_FINISH
                           : until == Until::flush ? BROTLI_OPERATION_FLUSH
                                                   : BROTLI_OPERATION_PROCESS;
    auto input_left = piece.size();
    const auto* input = reinterpret_cast<const std::uint8_t*>(piece.data());
    std::array<char, piece_size> room;
    do {
      auto room_left = room.size();
      auto* output = reinterpret_cast<std::uint8_t*>(room.data());
      if (!BrotliEncoderCompressStream(state_.get(), operation, &input_left, &input, &room_left, &output, nullptr)) {
        throw std::runtime_error("an answer could not be compressed");
      }
      out.append(room.data(), room.size() - room_left);
    } while (input_left > 0 || BrotliEncoderHasMoreOutput(state_.get()));
  }

 private:
  std::unique_ptr<BrotliEncoderState, void (*)(BrotliEncoderState*)> state_;
};

class ZstdEncoder : public Encoder {
 public:
  ZstdEncoder() : context_(ZSTD_createCCtx(), ZSTD_freeCCtx) {
    if (!context_) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, zstd_level);
    // Browsers refuse more than 8 MB: RFC 9659.
    constexpr int largest_window_log = 20;
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_windowLog, largest_window_log);
  }

  void put(std::string_view piece, Until until, std::string& out) override {
    const auto operation = until == Until::end ? ZSTD_e_end : until == Until::flush ? ZSTD_e_flush : ZSTD_e_continue;
    ZSTD_inBuffer input{piece.data(), piece.size(), 0};
    std::array<char, piece_size> room;
    for (;;) {
      ZSTD_outBuffer output{room.data(), room.size(), 0};
      const auto left = ZSTD_compressStream2(context_.get(), &output, &input, operation);
      if (ZSTD_isError(left)) throw std::runtime_error("an answer could not be compressed");
      out.append(room.data(), output.pos);
      if (until == Until::more ? input.pos == input.size : left == 0) return;
    }
  }

 private:
  std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context_;
};

std::unique_ptr<Encoder> make_encoder(Coding coding) {
  switch (coding) {
    case Coding::gzip:
      return std::make_unique<GzipEncoder>();
    case Coding::br:
      return std::make_unique<BrotliEncoder>();
    case Coding::zstd:
      return std::make_unique<ZstdEncoder>();
    case Coding::identity:
      break;
  }
  throw std::logic_error("identity is no coding");
}

class CompressingWriter : public BodyWriter {
 public:
  CompressingWriter(Coding coding, BodyWriter& out) : encoder_(make_encoder(coding)), out_(out) {}

  void write(std::string_view piece) override {
    encoder_->put(piece, Encoder::Until::more, made_);
    pass_on();
  }
  void flush() override {
    encoder_->put({}, Encoder::Until::flush, made_);
    pass_on();
    out_.flush();
  }
  void finish() {
    encoder_->put({}, Encoder::Until::end, made_);
    pass_on();
  }

 private:
  void pass_on() {
    if (!made_.empty()) out_.write(made_);
    made_.clear();
  }

  std::unique_ptr<Encoder> encoder_;
  BodyWriter& out_;
  std::string made_;
};

void add_to_vary(Response& response) {
  const auto known = response.header("vary");
  response.set_header("Vary", known.empty() ? "Accept-Encoding" : std::string(known) + ", Accept-Encoding");
}

}  // namespace

std::string_view coding_name(Coding coding) {
  switch (coding) {
    case Coding::gzip:
      return "gzip";
    case Coding::br:
      return "br";
    case Coding::zstd:
      return "zstd";
    case Coding::identity:
      break;
  }
  return "identity";
}

Coding negotiate_coding(std::string_view accept_encoding) {
  if (accept_encoding.empty()) return Coding::identity;
  auto best = Coding::identity;
  double best_quality = 0;
  for (const auto& preference : parse_preferences(accept_encoding)) {
    auto coding = Coding::identity;
    if (equals_ignoring_case(preference.value, "zstd")) {
      coding = Coding::zstd;
    } else if (equals_ignoring_case(preference.value, "br")) {
      coding = Coding::br;
    } else if (equals_ignoring_case(preference.value, "gzip") || preference.value == "*") {
      coding = Coding::gzip;
    }
    if (coding == Coding::identity) continue;
    if (preference.quality > best_quality || (preference.quality == best_quality && coding > best)) {
      best = coding;
      best_quality = preference.quality;
    }
  }
  return best;
}

bool is_compressible(std::string_view content_type) {
  const auto type = content_type.substr(0, content_type.find(';'));
  if (type == "text/event-stream") return false;  // each event must go out at once
  constexpr std::string_view named[] = {"application/json",    "application/javascript",    "application/xml",
                                        "image/svg+xml",       "application/x-yaml",        "application/yaml",
                                        "application/graphql", "application/manifest+json", "application/wasm",
                                        "application/geo+json"};
  return type.starts_with("text/") || type.ends_with("+json") || type.ends_with("+xml") ||
         std::find(std::begin(named), std::end(named), type) != std::end(named);
}

std::string compress(Coding coding, std::string_view text) {
  std::string out;
  make_encoder(coding)->put(text, Encoder::Until::end, out);
  return out;
}

void compress_answer(Response& response, std::string_view accept_encoding, const CompressionOptions& options) {
  if (!options.enabled || response.part || response.upgrade) return;
  if (!response.stream && response.body.size() < options.smallest) return;
  // Ranges are those of the body as it is.
  const bool has_parts = response.status == 206 || !response.header("accept-ranges").empty();
  if (has_parts || !is_compressible(response.content_type) || !response.header("content-encoding").empty()) return;
  if (response.header("cache-control").find("no-transform") != std::string_view::npos) return;
  add_to_vary(response);
  const auto coding = negotiate_coding(accept_encoding);
  if (coding == Coding::identity) return;
  if (response.stream) {
    response.stream_size.reset();  // was that of the plain body
    response.stream = [coding, plain = std::move(response.stream)](BodyWriter& out) {
      CompressingWriter writer(coding, out);
      plain(writer);
      writer.finish();
    };
  } else {
    response.body = compress(coding, response.body);
  }
  response.add_header("Content-Encoding", std::string(coding_name(coding)));
}

}  // namespace ashlar::http

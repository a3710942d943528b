// Response: what a handler gives back. One of four kinds of body: text in memory, part of a file, a stream that is
// written piece by piece, or none because the handler takes the connection over (`upgrade`).
//
// The server adds Content-Length or Transfer-Encoding, Date, Connection, and the default headers of its options.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ashlar::http {

// Takes the pieces of a streamed body.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;

  // Sends the piece, waiting while the client is slow to read. Small pieces are gathered. Throws ClientGone where the
  // client has gone or has not read anything for too long.
  virtual void write(std::string_view piece) = 0;

  // Sends what was gathered so far.
  virtual void flush() = 0;
};

// A part of an open file; closes it when it is destroyed.
class FilePart {
 public:
  FilePart(int descriptor, std::uint64_t offset, std::uint64_t size)
      : descriptor_(descriptor), offset_(offset), size_(size) {}
  ~FilePart();
  FilePart(const FilePart&) = delete;
  FilePart& operator=(const FilePart&) = delete;

  int descriptor() const { return descriptor_; }
  std::uint64_t offset() const { return offset_; }
  std::uint64_t size() const { return size_; }

 private:
  int descriptor_;
  std::uint64_t offset_, size_;
};

// A connection that leaves HTTP, e.g. for WebSocket. The taker owns the descriptor (a non-blocking socket) and must
// close it; nothing has been sent on it for this request, and the Request is gone.
struct TakenConnection {
  int descriptor;
  std::string received;  // bytes after the request that were already read
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // without Content-Type and Content-Length
  std::string content_type;                                  // empty: no such header
  std::string body;

  // Writes the body; called once after the head has been sent, on a thread of its own kind (Run::elastic), so that slow
  // clients hold nobody up. Not called for HEAD. An exception before the first bytes went out is answered as usual;
  // later it cuts the connection, so that the client sees that the body is incomplete.
  std::function<void(BodyWriter&)> stream;
  std::optional<std::uint64_t> stream_size;  // bytes that it will write, where that is known: said as Content-Length

  std::shared_ptr<const FilePart> part;  // sent by the I/O threads
  std::function<void(TakenConnection)> upgrade;

  // "application/json; charset=utf-8"; `text` is JSON already.
  static Response json(std::string text, int status = 200);
  static Response text(std::string text, int status = 200, std::string content_type = "text/plain; charset=utf-8");
  static Response no_content();
  static Response redirect(std::string location, int status = 302);
  static Response streamed(std::string content_type, std::function<void(BodyWriter&)> stream);

  // A regular file, or `size` bytes of it from `offset` (both are cut to the file's end). Opens the file now: throws
  // std::system_error where it can't be opened or is no regular file.
  static Response file(const std::filesystem::path& path, std::string content_type, std::uint64_t offset = 0,
                       std::uint64_t size = UINT64_MAX);

  // Of the header of that name in any case; empty where there is none.
  std::string_view header(std::string_view name) const;
  void add_header(std::string name, std::string value);
  // Replaces every header of that name.
  void set_header(std::string_view name, std::string value);
};

// "Not Found" for 404 and so on; "Unknown" for codes that HTTP does not know.
std::string_view status_text(int status);

}  // namespace ashlar::http

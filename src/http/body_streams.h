// Bodies that are read and written piece by piece by a handler's thread. Internal to http/.
#pragma once
#include <chrono>
#include <string>

#include "http/connection.h"
#include "http/request.h"
#include "http/response.h"

namespace ashlar::http {

class SocketBodyReader final : public BodyReader {
 public:
  explicit SocketBodyReader(Connection& connection) : connection_(connection) {}
  std::size_t read(char* buffer, std::size_t size) override;

 private:
  void require_pace() const;

  Connection& connection_;
  std::chrono::steady_clock::duration waited_{};  // for the client
  std::size_t received_ = 0;
};

class SocketBodyWriter final : public BodyWriter {
 public:
  // Sends the connection's prepared head before the first piece.
  SocketBodyWriter(Connection& connection, bool chunked) : connection_(connection), chunked_(chunked) {}
  void write(std::string_view piece) override;
  void flush() override;
  // After the last piece.
  void finish();
  // Whether something, so at least the head, has been sent.
  bool begun() const { return begun_; }
  // Bytes that were handed to write().
  std::uint64_t written() const { return written_; }

 private:
  void send(std::string_view first, std::string_view second, std::string_view end);

  Connection& connection_;
  std::string gathered_;
  bool chunked_;
  bool begun_ = false;
  std::uint64_t written_ = 0;
};

}  // namespace ashlar::http

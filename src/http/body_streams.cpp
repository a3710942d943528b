#include "http/body_streams.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include "base/error.h"
#include "http/socket_wait.h"

namespace ashlar::http {

std::size_t SocketBodyReader::read(char* buffer, std::size_t size) {
  auto& parser = *connection_.parser_;
  auto& input = connection_.input_;
  const auto patience = connection_.core_.options.io_timeout;
  while (size > 0 && !parser.is_done()) {
    if (input.size() > 0) {
      parser.set_piece(buffer, size);
      boost::beast::error_code error;
      input.consume(parser.put(input.data(), error));
      if (parser.piece_filled() > 0) return parser.piece_filled();
      if (!error) continue;
      if (error != boost::beast::http::error::need_more || input.size() > Connection::largest_read) {
        throw ApiError::invalid_payload("The body is malformed.");
      }
    }
    if (connection_.awaits_continue_) {
      connection_.awaits_continue_ = false;
      iovec piece{const_cast<char*>(Connection::continue_line.data()), Connection::continue_line.size()};
      send_blocking(connection_.descriptor(), &piece, 1, patience);
    }
    const auto room = input.prepare(Connection::largest_read);
    const auto begin = std::chrono::steady_clock::now();
    const auto got = receive_blocking(connection_.descriptor(), static_cast<char*>(room.data()), room.size(), patience);
    if (got == 0) throw ClientGone("the connection ended within a body");
    waited_ += std::chrono::steady_clock::now() - begin;
    received_ += got;
    require_pace();
    input.commit(got);
  }
  return 0;
}

// Who sends a byte now and then would keep a thread for as long as he likes.
void SocketBodyReader::require_pace() const {
  const auto& options = connection_.core_.options;
  if (waited_ <= options.io_timeout) return;
  const auto seconds = std::chrono::duration<double>(waited_).count();
  if (static_cast<double>(received_) < seconds * static_cast<double>(options.least_body_rate)) {
    throw ClientGone("the client sends too slowly");
  }
}

void SocketBodyWriter::write(std::string_view piece) {
  constexpr std::size_t enough = 32 * 1024;
  written_ += piece.size();
  if (gathered_.size() + piece.size() < enough) {
    gathered_.append(piece);
    return;
  }
  send(gathered_, piece, {});
  gathered_.clear();
}

void SocketBodyWriter::flush() {
  send(gathered_, {}, {});
  gathered_.clear();
}

void SocketBodyWriter::finish() { send(gathered_, {}, chunked_ ? "0\r\n\r\n" : ""); }

void SocketBodyWriter::send(std::string_view first, std::string_view second, std::string_view end) {
  const auto size = first.size() + second.size();
  const auto in_chunk = chunked_ && size > 0;
  const auto chunk_head = in_chunk ? fmt::format("{:x}\r\n", size) : std::string();
  const std::string_view head = begun_ ? std::string_view() : std::string_view(connection_.head_);
  std::array<iovec, 6> pieces;
  std::size_t count = 0;
  for (const auto text :
       {head, std::string_view(chunk_head), first, second, std::string_view(in_chunk ? "\r\n" : ""), end}) {
    pieces[count++] = {const_cast<char*>(text.data()), text.size()};
  }
  begun_ = true;
  send_blocking(connection_.descriptor(), pieces.data(), count, connection_.core_.options.io_timeout);
}

}  // namespace ashlar::http

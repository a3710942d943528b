#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "base/log.h"
#include "base/text.h"
#include "http/body_streams.h"
#include "http/connection.h"
#include "http/headers.h"
#include "http/known_request.h"
#include "http/socket_wait.h"

namespace ashlar::http {

namespace asio = boost::asio;

namespace {

bool forbids_body(int status) { return status == 204 || status == 304 || status < 200; }

}  // namespace

void Connection::prepare_head(bool streamed) {
  if (core_.stopping.load(std::memory_order_relaxed)) keep_alive_ = false;
  const auto second = static_cast<std::int64_t>(std::time(nullptr));
  if (second != date_second_) {
    date_second_ = second;
    date_ = http_date(second);
  }
  Framing framing;
  framing.keep_alive_line = core_.keep_alive_line;
  framing.date = date_;
  if (streamed) {
    // HTTP/1.0 knows no chunks: there the end of the connection ends the body.
    framing.content_length = response_.stream_size;
    framing.chunked = request_.version == 11 && !response_.stream_size;
    if (!framing.chunked && !response_.stream_size) keep_alive_ = false;
  } else if (response_.stream) {
    framing.content_length = response_.stream_size;  // of HEAD
  } else if (!forbids_body(response_.status)) {
    framing.content_length = response_.part ? response_.part->size() : response_.body.size();
    // A handler of HEAD may know the size of a body that it does not make.
    if (is_head() && !response_.header("content-length").empty()) framing.content_length.reset();
  }
  framing.keep_alive = keep_alive_;
  head_.clear();
  write_head(head_, response_, framing, core_.default_headers);
}

Connection::Step Connection::write_rest() {
  const auto bodiless = is_head() || forbids_body(response_.status);
  if (file_begun_) return write_file_rest();
  const std::string_view body = bodiless || response_.part ? std::string_view() : response_.body;
  const auto file_follows = response_.part && !bodiless;
  const auto total = head_.size() + body.size();
  try {
    while (sent_ < total) {
      const auto head_sent = std::min(sent_, head_.size());
      const auto head_left = std::string_view(head_).substr(head_sent);
      const auto body_left = body.substr(sent_ - head_sent);
      const std::array<iovec, 2> pieces{{{const_cast<char*>(head_left.data()), head_left.size()},
                                         {const_cast<char*>(body_left.data()), body_left.size()}}};
      const auto sent = send_now(descriptor(), pieces.data(), body_left.empty() ? 1 : 2, file_follows);
      if (sent == 0) return wait_for_room();
      sent_ += sent;
    }
  } catch (const ClientGone&) {
    return close();
  }
  if (!file_follows) return finish_answer();
  sent_ = 0;
  file_begun_ = true;
  return write_file_rest();
}

Connection::Step Connection::write_file_rest() {
  // A piece at a time, so that one fast client of a huge file does not keep a thread.
  constexpr std::size_t largest_piece = 1024 * 1024;
  const auto& part = *response_.part;
  while (sent_ < part.size()) {
    auto offset = static_cast<off_t>(part.offset() + sent_);
    const auto sent = ::sendfile(descriptor(), part.descriptor(), &offset,
                                 std::min<std::uint64_t>(part.size() - sent_, largest_piece));
    if (sent > 0) {
      sent_ += static_cast<std::size_t>(sent);
      if (sent_ < part.size()) return wait_for_room();
    } else if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
      return wait_for_room();
    } else {
      return close();  // the client has gone, or the file has become shorter: the client must notice
    }
  }
  return finish_answer();
}

Connection::Step Connection::wait_for_room() {
  set_deadline(coarse_now() + core_.options.io_timeout.count());
  set_phase(Phase::writing);
  socket_.async_wait(asio::socket_base::wait_write, [this](const boost::system::error_code& error) {
    set_deadline(no_deadline);
    if ((error ? close() : write_rest()) == Step::again) proceed();
  });
  return Step::parted;
}

Connection::Step Connection::run_stream() {
  prepare_head(true);
  SocketBodyWriter writer(*this, request_.version == 11 && !response_.stream_size);
  const KnownRequest known(request_, request_number_);
  const RequestScope scope(known);
  try {
    response_.stream(writer);
    writer.finish();
    // Something else than was announced: the client must notice.
    if (response_.stream_size && writer.written() != *response_.stream_size) return close();
    return finish_answer();
  } catch (const ClientGone&) {
    return close();
  } catch (...) {
    auto answer = core_.router.error_response(std::current_exception(), request_);
    if (writer.begun()) return close();
    response_ = std::move(answer);
    response_.stream = nullptr;
  }
  return respond();
}

void Connection::told_as_sent() {
  if (!is_answering_) return;
  is_answering_ = false;
  const auto& sent = core_.router.sent();
  if (!sent) return;
  const KnownRequest known(request_, request_number_);
  const RequestScope scope(known);
  const auto begin = dispatched_ == decltype(dispatched_){} ? std::chrono::steady_clock::now() : dispatched_;
  sent(request_, response_,
       std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin));
}

Connection::Step Connection::finish_answer() {
  told_as_sent();
  if (!keep_alive_) return linger();
  first_request_ = false;
  begin_request();
  return Step::again;
}

Connection::Step Connection::linger() {
  // Closing a socket with unread bytes makes the kernel send a reset, which can take the answer away from the client.
  if (parser_->is_done() && input_.size() == 0) return close();
  constexpr std::int64_t longest = 10'000;
  ::shutdown(descriptor(), SHUT_WR);
  set_deadline(coarse_now() + longest);
  set_phase(Phase::lingering);
  wait_for_end();
  return Step::parted;
}

void Connection::wait_for_end() {
  input_.clear();
  const auto room = input_.prepare(largest_read);
  socket_.async_read_some(asio::mutable_buffer(room.data(), room.size()),
                          [this](const boost::system::error_code& error, std::size_t) {
                            if (!error) return wait_for_end();
                            std::ignore = close();
                          });
}

Connection::Step Connection::hand_over() {
  const auto take = std::move(response_.upgrade);
  std::string received(static_cast<const char*>(input_.data().data()), input_.size());
  core_.connections.remove(*this);
  const auto descriptor = socket_.release();
  delete this;
  try {
    take({descriptor, std::move(received)});
  } catch (const std::exception& error) {
    log::error("A connection could not be taken over: {}", error.what());
  }
  return Step::parted;
}

Connection::Step Connection::close() {
  told_as_sent();
  core_.connections.remove(*this);
  delete this;
  return Step::parted;
}

}  // namespace ashlar::http

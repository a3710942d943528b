#include "http/server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "base/log.h"
#include "http/connection.h"
#include "http/core.h"
#include "http/listener.h"
#include "http/socket_wait.h"

namespace ashlar::http {

namespace asio = boost::asio;

struct Server::State {
  State(ServerOptions options, Router router)
      : core(std::move(options), std::move(router)),
        accepting(asio::make_strand(core.loop)),
        listener(core.loop),
        pause(core.loop),
        timer(core.loop) {}
  ~State();

  void accept_more();
  void accept_ready();
  void welcome(int socket);
  void accept_later();
  void close_listener();
  void look_after_connections();
  void begin_to_stop();
  std::size_t running_handlers();

  Core core;
  asio::strand<asio::io_context::executor_type> accepting;  // everything that touches the listener
  asio::basic_socket_acceptor<asio::generic::stream_protocol> listener;
  asio::steady_timer pause;
  asio::steady_timer timer;
  std::uint16_t port = 0;
  std::vector<std::thread> threads;

  std::mutex mutex;
  std::condition_variable stop_asked;
  bool must_stop = false;
};

Server::Server(ServerOptions options, Router router)
    : state_(std::make_unique<State>(std::move(options), std::move(router))) {}

Server::~Server() = default;

Server::State::~State() {
  core.stopping = true;
  core.connections.for_each([](Connection& connection) { connection.cut(); });
  core.loop.stop();
  core.elastic.stop();
  for (auto& thread : threads) thread.join();
  core.connections.clear();
  close_listener();
}

void Server::listen() {
  const auto& options = state_->core.options;
  const auto on_path = !options.unix_socket_path.empty();
  const auto descriptor =
      on_path ? listen_on_path(options.unix_socket_path) : listen_on_port(options.host, options.port);
  state_->port = port_of(descriptor);
  state_->listener.assign(asio::generic::stream_protocol(AF_UNSPEC, 0), descriptor);
  state_->listener.non_blocking(true);
}

std::uint16_t Server::port() const { return state_->port; }

boost::asio::io_context& Server::context() { return state_->core.loop; }

std::size_t Server::run() {
  auto& state = *state_;
  auto& core = state.core;
  state.accept_more();
  state.look_after_connections();
  for (int i = 0; i < core.options.permits + 2; ++i) {
    state.threads.emplace_back([&core] {
      block_broken_pipe_signal();
      core.loop.run();
    });
  }
  {
    std::unique_lock lock(state.mutex);
    state.stop_asked.wait(lock, [&state] { return state.must_stop; });
  }
  asio::post(state.accepting, [&state] { state.begin_to_stop(); });
  if (!core.connections.wait_until_empty(core.options.shutdown_timeout)) {
    core.connections.for_each([](Connection& connection) { connection.cut(); });
    // Those that only wait for their clients end at once now.
    core.connections.wait_until_empty(std::chrono::milliseconds(100));
  }
  core.loop.stop();
  const auto running = state.running_handlers();
  if (running == 0) {
    for (auto& thread : state.threads) thread.join();
    state.threads.clear();
  }
  return running;
}

void Server::stop() {
  const std::lock_guard lock(state_->mutex);
  state_->must_stop = true;
  state_->stop_asked.notify_all();
}

Server::Load Server::load() const {
  auto& core = state_->core;
  const auto gate = core.gate.load();
  return {gate.running,   gate.queued,      core.elastic.running(), core.connections.count(),
          gate.last_wait, gate.longest_wait};
}

std::size_t Server::State::running_handlers() {
  std::size_t count = 0;
  core.connections.for_each([&count](Connection& connection) { count += connection.is_running() ? 1 : 0; });
  return count;
}

void Server::State::accept_more() {
  listener.async_wait(asio::socket_base::wait_read,
                      asio::bind_executor(accepting, [this](const boost::system::error_code& error) {
                        if (!error) accept_ready();
                      }));
}

void Server::State::accept_ready() {
  // The listener may have been closed after it was reported as ready.
  while (listener.is_open()) {
    const auto socket = ::accept4(listener.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      if (core.connections.count() < core.options.max_connections) {
        welcome(socket);
      } else {
        ::close(socket);
      }
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return accept_more();
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      log::error("No connection can be accepted: {}. Raise the limit of open files.", std::strerror(errno));
      return accept_later();
    }
  }
}

void Server::State::welcome(int socket) {
  try {
    (new Connection(core, socket))->start();
  } catch (const std::exception& error) {
    log::error("A connection could not be taken: {}", error.what());
  }
}

// Until some file is closed, the listener would be reported as ready again and again.
void Server::State::accept_later() {
  pause.expires_after(std::chrono::milliseconds(100));
  pause.async_wait(asio::bind_executor(accepting, [this](const boost::system::error_code& error) {
    if (!error) accept_ready();
  }));
}

void Server::State::close_listener() {
  if (!listener.is_open()) return;
  listener.close();
  if (const auto& path = core.options.unix_socket_path; !path.empty()) ::unlink(path.c_str());
}

void Server::State::look_after_connections() {
  const auto& options = core.options;
  const auto shortest = std::min({options.headers_timeout, options.request_timeout, options.keep_alive_timeout,
                                  options.io_timeout, std::chrono::milliseconds(4'000)});
  timer.expires_after(std::max(shortest / 4, std::chrono::milliseconds(10)));
  timer.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    const auto now = coarse_now();
    const auto stopping = core.stopping.load();
    core.connections.for_each([now, stopping](Connection& connection) {
      connection.expire(now);
      if (stopping) connection.end_if_idle();
    });
    look_after_connections();
  });
}

void Server::State::begin_to_stop() {
  core.stopping = true;
  close_listener();
  core.connections.for_each([](Connection& connection) { connection.end_if_idle(); });
}

}  // namespace ashlar::http

#include "backup/pipe.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

namespace ashlar::backup {
namespace {

constexpr std::size_t capacity = std::size_t{4} << 20;

class Pipe {
 public:
  // Waits while it is full. Throws what the reader failed with.
  void push(std::string_view bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ < capacity || reader_error_ || reader_is_done_; });
    if (reader_error_) std::rethrow_exception(reader_error_);
    if (reader_is_done_) return;
    pieces_.emplace_back(bytes);
    waiting_ += bytes.size();
    changed_.notify_all();
  }

  // No more comes: because of that error, where there is one.
  void close(std::exception_ptr error = nullptr) {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    writer_error_ = std::move(error);
    changed_.notify_all();
  }

  std::size_t pull(char* buffer, std::size_t size) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !pieces_.empty() || is_closed_; });
    if (writer_error_) std::rethrow_exception(writer_error_);
    if (pieces_.empty()) return 0;
    const auto& piece = pieces_.front();
    const auto given = std::min(size, piece.size() - used_);
    std::memcpy(buffer, piece.data() + used_, given);
    used_ += given;
    waiting_ -= given;
    if (used_ == piece.size()) {
      pieces_.pop_front();
      used_ = 0;
    }
    changed_.notify_all();
    return given;
  }

  void end_reading(std::exception_ptr error = nullptr) {
    const std::lock_guard lock(mutex_);
    reader_is_done_ = true;
    reader_error_ = std::move(error);
    changed_.notify_all();
  }

  void rethrow_reader_error() {
    const std::lock_guard lock(mutex_);
    if (reader_error_) std::rethrow_exception(reader_error_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> pieces_;
  std::size_t used_ = 0;     // of the first piece
  std::size_t waiting_ = 0;  // bytes
  bool is_closed_ = false, reader_is_done_ = false;
  std::exception_ptr writer_error_, reader_error_;
};

}  // namespace

std::uint64_t write_pushed(storage::Storage& storage, const std::string& name, std::string_view content_type,
                           const std::function<void(const storage::Sink&)>& produce) {
  Pipe pipe;
  std::uint64_t size = 0;
  std::thread writer([&] {
    try {
      size = storage.write(
          name, [&](char* buffer, std::size_t wanted) { return pipe.pull(buffer, wanted); }, content_type);
      pipe.end_reading();
    } catch (...) {
      pipe.end_reading(std::current_exception());
    }
  });
  try {
    produce([&](std::string_view piece) { pipe.push(piece); });
    pipe.close();
  } catch (...) {
    pipe.close(std::current_exception());
    writer.join();
    throw;
  }
  writer.join();
  pipe.rethrow_reader_error();
  return size;
}

}  // namespace ashlar::backup

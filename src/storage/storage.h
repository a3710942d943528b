// Storage: where the bytes of files are kept, under names like those of paths ("menus/today.txt"). A driver may be used
// by any number of threads at once; its functions block, so they belong on threads that hold no database connection.
//
// What is written under a name appears there as a whole or not at all: while it is written, after a failure and after a
// crash, the name has its old bytes or none.
//
// Every function throws StorageError, and lets through what a Source or Sink throws.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace ashlar::storage {

class StorageError : public std::runtime_error {
 public:
  enum class Kind : std::uint8_t {
    not_found,
    denied,       // rights of the file system
    unavailable,  // everything else: a full disk, a service that refuses or can't be reached
  };
  StorageError(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// Fills the buffer and says how many bytes it wrote, 0 at the end.
using Source = std::function<std::size_t(char* buffer, std::size_t size)>;
using Sink = std::function<void(std::string_view piece)>;

// Of an object: `size` bytes from `offset`, or all that follow.
struct Range {
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> size;
};

struct Stat {
  std::uint64_t size = 0;
  Moment modified;
};

class Storage {
 public:
  virtual ~Storage() = default;

  // Nothing where there is no such object.
  virtual std::optional<Stat> stat(std::string_view name) = 0;

  // Throws not_found before the sink sees anything.
  virtual void read(std::string_view name, const Range& range, const Sink& sink) = 0;

  // Replaces what was there. Gives the number of bytes.
  virtual std::uint64_t write(std::string_view name, const Source& source, std::string_view content_type) = 0;

  // Replace what was at `to`.
  virtual void copy(std::string_view from, std::string_view to) = 0;
  virtual void move(std::string_view from, std::string_view to);

  // Removing what is not there is no error.
  virtual void remove(std::string_view name) = 0;

  // Calls `found` with every name that begins with the prefix, in no order.
  virtual void list(std::string_view prefix, const std::function<void(std::string_view name)>& found) = 0;

  // Makes one object of several, which stay.
  virtual void join(const std::vector<std::string>& parts, std::string_view to, std::string_view content_type);

  // Where the bytes are a file of this machine: its path, for those who read files faster than streams.
  virtual std::optional<std::filesystem::path> local_path(std::string_view name) const;
};

// The name as it is used: below the root whatever it says, without empty steps. "../../up/./here.png" is
// "up/here.png". Bytes that no name may have (NUL) are dropped.
std::string normalized_name(std::string_view name);

// Reads an object bit by bit, for those who pull. `storage` must outlive it.
Source source_of(Storage& storage, std::string name);

// A text as a Source; it must outlive it.
Source source_of(std::string_view text);

// Reads until the buffer is full or the source ends: sources may give less than they are asked for.
std::size_t read_fully(const Source& source, char* buffer, std::size_t size);

}  // namespace ashlar::storage

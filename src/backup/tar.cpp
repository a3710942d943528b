#include "backup/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <vector>

#include "backup/watch.h"
#include "base/digest.h"

namespace ashlar::backup {
namespace {

constexpr std::size_t buffer_size = std::size_t{256} << 10;
// A frame that Zstandard skips: its mark and the size of what it holds, both with the low byte first.
constexpr std::string_view frame_head("\x50\x2a\x4d\x18\x20\x00\x00\x00", 8);
constexpr std::size_t digest_size = 32, trailer_size = frame_head.size() + digest_size;

struct FreeWriter {
  void operator()(archive* handle) const {
    // Freeing closes it: nothing more must be written where it was given up.
    archive_write_fail(handle);
    archive_write_free(handle);
  }
};

struct FreeReader {
  void operator()(archive* handle) const { archive_read_free(handle); }
};

struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

// Why a call of the library failed; empty where it did not. The library is C: what was thrown inside of its callbacks
// was kept, and is thrown again here.
std::string failure(archive* handle, la_ssize_t result, std::exception_ptr& error) {
  if (error) std::rethrow_exception(std::exchange(error, nullptr));
  if (result >= ARCHIVE_WARN) return {};
  const auto* reason = archive_error_string(handle);
  return reason == nullptr ? "no archive" : reason;
}

}  // namespace

// ---- writing

struct TarWriter::State {
  storage::Sink out;
  std::unique_ptr<archive, FreeWriter> owned{archive_write_new()};
  archive* handle = owned.get();
  std::exception_ptr error;
  Sha256 digest;
  std::vector<char> buffer = std::vector<char>(buffer_size);

  explicit State(storage::Sink sink) : out(std::move(sink)) {
    archive_write_set_format_gnutar(handle);
    archive_write_add_filter_zstd(handle);
    archive_write_set_bytes_per_block(handle, 0);
    archive_write_set_bytes_in_last_block(handle, 1);
    check(archive_write_open(handle, this, nullptr, write, nullptr));
  }

  static la_ssize_t write(archive*, void* self, const void* bytes, std::size_t size) {
    auto& state = *static_cast<State*>(self);
    try {
      const std::string_view piece(static_cast<const char*>(bytes), size);
      state.digest.add(piece);
      state.out(piece);
      return static_cast<la_ssize_t>(size);
    } catch (...) {
      state.error = std::current_exception();
      return -1;
    }
  }

  void check(la_ssize_t result) {
    const auto reason = failure(handle, result, error);
    if (!reason.empty()) throw std::runtime_error("the archive can't be written: " + reason);
  }
};

TarWriter::TarWriter(storage::Sink out) : state_(std::make_unique<State>(std::move(out))) {}
TarWriter::~TarWriter() = default;

std::string TarWriter::add(const Member& member, const storage::Source& source) {
  auto& state = *state_;
  const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), member.name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(member.size));
  archive_entry_set_mtime(entry.get(), static_cast<std::time_t>(member.modified.milliseconds / 1000), 0);
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0600);
  state.check(archive_write_header(state.handle, entry.get()));
  Sha256 digest;
  std::uint64_t written = 0;
  while (const auto got = source(state.buffer.data(), state.buffer.size())) {
    const std::string_view piece(state.buffer.data(), got);
    written += got;
    if (written > member.size) break;
    digest.add(piece);
    state.check(archive_write_data(state.handle, piece.data(), piece.size()));
  }
  if (written != member.size) {
    throw std::runtime_error(fmt::format("{} changed its size while it was read", member.name));
  }
  state.check(archive_write_finish_entry(state.handle));
  return hex(digest.finish());
}

void TarWriter::finish() {
  auto& state = *state_;
  state.check(archive_write_close(state.handle));
  state.out(std::string(frame_head) + state.digest.finish());
}

// ---- reading

struct TarReader::State {
  storage::Source source;
  std::unique_ptr<archive, FreeReader> owned{archive_read_new()};
  archive* handle = owned.get();
  archive_entry* entry = nullptr;
  std::exception_ptr error;
  Sha256 digest;
  std::vector<char> buffer = std::vector<char>(buffer_size + trailer_size);
  std::size_t held = 0;   // bytes at the start of the buffer that may be the trailer
  std::size_t given = 0;  // to the library, before them
  std::uint64_t total = 0;
  bool has_ended = false;

  explicit State(storage::Source from) : source(std::move(from)) {
    archive_read_support_filter_zstd(handle);
    archive_read_support_format_tar(handle);
    archive_read_support_format_gnutar(handle);
    check(archive_read_open(handle, this, nullptr, read, nullptr));
  }

  // The next bytes that are not the trailer; empty at the end.
  std::string_view pull() {
    std::copy(buffer.begin() + static_cast<long>(given), buffer.begin() + static_cast<long>(given + held),
              buffer.begin());
    given = 0;
    while (!has_ended && held <= trailer_size) {
      const auto got = source(buffer.data() + held, buffer.size() - held);
      has_ended = got == 0;
      held += got;
      total += got;
    }
    if (held <= trailer_size) return {};
    given = held - trailer_size;
    held = trailer_size;
    digest.add({buffer.data(), given});
    return {buffer.data(), given};
  }

  static la_ssize_t read(archive*, void* self, const void** bytes) {
    auto& state = *static_cast<State*>(self);
    try {
      const auto piece = state.pull();
      *bytes = piece.data();
      return static_cast<la_ssize_t>(piece.size());
    } catch (...) {
      state.error = std::current_exception();
      return -1;
    }
  }

  void check(la_ssize_t result) {
    const auto reason = failure(handle, result, error);
    if (!reason.empty()) throw Damaged("it is damaged or cut off: " + reason);
  }
};

TarReader::TarReader(storage::Source source) : state_(std::make_unique<State>(std::move(source))) {}
TarReader::~TarReader() = default;

std::optional<Member> TarReader::next() {
  auto& state = *state_;
  const auto result = archive_read_next_header(state.handle, &state.entry);
  if (result == ARCHIVE_EOF) return std::nullopt;
  state.check(result);
  const auto* name = archive_entry_pathname(state.entry);
  if (name == nullptr || archive_entry_filetype(state.entry) != AE_IFREG) throw Damaged("it is damaged: no plain file");
  return Member{name, static_cast<std::uint64_t>(archive_entry_size(state.entry)),
                Moment{static_cast<std::int64_t>(archive_entry_mtime(state.entry)) * 1000}};
}

std::size_t TarReader::read(char* buffer, std::size_t size) {
  const auto got = archive_read_data(state_->handle, buffer, size);
  state_->check(got);
  return static_cast<std::size_t>(got);
}

void TarReader::finish() {
  auto& state = *state_;
  while (!state.pull().empty())
    ;
  const std::string_view trailer(state.buffer.data(), state.held);
  if (!trailer.starts_with(frame_head) || trailer.substr(frame_head.size()) != state.digest.finish()) {
    throw Damaged("it is damaged or cut off: the digest of the whole does not fit");
  }
}

std::uint64_t TarReader::bytes_read() const { return state_->total; }

}  // namespace ashlar::backup

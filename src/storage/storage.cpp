#include "storage/storage.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace ashlar::storage {
namespace {

constexpr std::size_t piece_size = std::size_t{4} << 20;

}  // namespace

void Storage::move(std::string_view from, std::string_view to) {
  if (from == to) return;
  copy(from, to);
  remove(from);
}

void Storage::join(const std::vector<std::string>& parts, std::string_view to, std::string_view content_type) {
  std::size_t index = 0;
  Source part;
  write(
      to,
      [&](char* buffer, std::size_t size) -> std::size_t {
        for (;;) {
          if (!part) {
            if (index == parts.size()) return 0;
            part = source_of(*this, parts[index++]);
          }
          if (const auto got = part(buffer, size); got > 0) return got;
          part = {};
        }
      },
      content_type);
}

std::optional<std::filesystem::path> Storage::local_path(std::string_view) const { return std::nullopt; }

std::string normalized_name(std::string_view name) {
  std::vector<std::string> steps;
  for (const auto step : split(name, '/')) {
    if (step == "..") {
      if (!steps.empty()) steps.pop_back();
    } else if (!step.empty() && step != ".") {
      steps.emplace_back(step);
    }
  }
  auto result = join(steps, "/");
  std::erase(result, '\0');
  return result;
}

Source source_of(Storage& storage, std::string name) {
  struct State {
    std::string piece;
    std::size_t used = 0;
    std::uint64_t offset = 0, size = 0;
  };
  auto state = std::make_shared<State>();
  const auto found = storage.stat(name);
  if (!found) throw StorageError(StorageError::Kind::not_found, "There is no object " + name);
  state->size = found->size;
  return [&storage, name = std::move(name), state](char* buffer, std::size_t size) -> std::size_t {
    if (state->used == state->piece.size()) {
      if (state->offset >= state->size) return 0;
      state->piece.clear();
      state->used = 0;
      const auto wanted = std::min<std::uint64_t>(piece_size, state->size - state->offset);
      storage.read(name, {state->offset, wanted}, [&](std::string_view bytes) { state->piece += bytes; });
      if (state->piece.size() != wanted) {
        throw StorageError(StorageError::Kind::unavailable, "The object changed while it was read");
      }
      state->offset += wanted;
    }
    const auto given = std::min(size, state->piece.size() - state->used);
    std::memcpy(buffer, state->piece.data() + state->used, given);
    state->used += given;
    return given;
  };
}

Source source_of(std::string_view text) {
  return [text](char* buffer, std::size_t size) mutable -> std::size_t {
    const auto given = std::min(size, text.size());
    std::memcpy(buffer, text.data(), given);
    text.remove_prefix(given);
    return given;
  };
}

std::size_t read_fully(const Source& source, char* buffer, std::size_t size) {
  std::size_t filled = 0;
  while (filled < size) {
    const auto got = source(buffer + filled, size - filled);
    if (got == 0) break;
    filled += got;
  }
  return filled;
}

}  // namespace ashlar::storage

// Archives as GNU tar writes them, compressed by Zstandard, in streams of any length: what `tar --zstd` reads. Behind
// them comes a frame that Zstandard skips, with the SHA-256 of everything before it, so that not a bit changes
// unnoticed.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/time.h"
#include "storage/storage.h"

namespace ashlar::backup {

struct Member {
  std::string name;
  std::uint64_t size = 0;
  Moment modified{};
};

class TarWriter {
 public:
  explicit TarWriter(storage::Sink out);
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  // The source must give exactly so many bytes. Gives their SHA-256 in hexadecimal digits.
  std::string add(const Member& member, const storage::Source& source);
  void finish();  // once, after the last member

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Throws Damaged from all functions.
class TarReader {
 public:
  explicit TarReader(storage::Source source);
  ~TarReader();
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  std::optional<Member> next();                      // nothing after the last one
  std::size_t read(char* buffer, std::size_t size);  // of the member; 0 at its end
  void finish();                     // after the last one: reads what follows, and compares the digest of everything
  std::uint64_t bytes_read() const;  // of the archive

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ashlar::backup

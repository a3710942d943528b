// KnownAssets remembers for a moment what addresses of /assets stand for: the row of the file, what the parameters
// mean, which object answers them. Pages ask for the same pictures again and again, and finding all that out takes
// longer than sending a thumbnail.
//
// It holds nothing about who may see a file: that is asked each time. Everything is forgotten when a file or the
// settings are written, here or in a process that tells of it; and by itself after a second, so that what is changed
// behind the program's back is seen, too. Only objects that are files of this machine are remembered: whoever opens one
// sees whether it is still there.
#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/text.h"
#include "base/time.h"
#include "system/files/assets.h"

namespace ashlar::system {

struct KnownAsset {
  FileRow row;
  bool is_public = false;  // the settings name it: everybody may see it
  Asset asset;
  std::filesystem::path path;
  bool is_negotiated = false;  // the format was left to the client
  bool is_download = false;
};
using KnownAssetPointer = std::shared_ptr<const KnownAsset>;

class KnownAssets {
 public:
  // A moment of what is known. To be taken before the database is asked: what it said is not kept where everything was
  // forgotten since.
  struct Ticket {
    std::uint64_t epoch;
    Moment since;
  };
  Ticket ticket(Moment now) const { return {epoch_.load(), now}; }

  // Null where it is not known.
  KnownAssetPointer find(std::string_view address, Moment now);
  void keep(std::string address, KnownAsset asset, const Ticket& ticket);
  void forget();

  static constexpr std::int64_t milliseconds = 1'000;
  // Longer addresses are hardly asked for twice.
  static constexpr std::size_t longest_address = 1024;

 private:
  static constexpr std::size_t capacity = 2048;
  struct Entry {
    KnownAssetPointer asset;
    Moment since;
  };

  std::atomic<std::uint64_t> epoch_ = 0;
  std::mutex mutex_;
  std::unordered_map<std::string, Entry, TextHash, std::equal_to<>> entries_;
};

// Who sees a file that is known, where telling that takes no statement; nothing where the database must be asked.
std::optional<VisibleFile> visible_at_once(const items::Services& services, const access::Accountability& who,
                                           const KnownAsset& known);

}  // namespace ashlar::system

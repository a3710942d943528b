// A Pipe joins whoever pushes bytes (an archive that is written) with a storage, which pulls them: the storage works on
// a thread of its own meanwhile. A few megabytes are in it at most.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "storage/storage.h"

namespace ashlar::backup {

// Stores what `produce` pushes under that name, and gives its size. Where either side fails, the other one is ended and
// nothing is stored; throws what it failed with.
std::uint64_t write_pushed(storage::Storage& storage, const std::string& name, std::string_view content_type,
                           const std::function<void(const storage::Sink&)>& produce);

}  // namespace ashlar::backup

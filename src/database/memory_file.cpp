#include "database/memory_file.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "database/error.h"

namespace ashlar::database {

MemoryFile::MemoryFile(const std::string& text) : descriptor_(memfd_create("certificate", MFD_CLOEXEC)) {
  if (descriptor_ < 0 || fchmod(descriptor_, 0600) != 0 ||
      write(descriptor_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    if (descriptor_ >= 0) close(descriptor_);
    throw DatabaseError(DatabaseError::Kind::unavailable,
                        "the certificates could not be handed to the database driver");
  }
}

MemoryFile::~MemoryFile() { close(descriptor_); }

std::string MemoryFile::path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

}  // namespace ashlar::database

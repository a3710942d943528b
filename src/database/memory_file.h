// The client libraries read certificates and keys from files only: a file without a name, gone with its descriptor.
#pragma once
#include <string>

namespace ashlar::database {

class MemoryFile {
 public:
  // Readable by its owner alone, as a private key must be. Throws DatabaseError (unavailable).
  explicit MemoryFile(const std::string& text);
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  // Valid in this process, as long as the object lives.
  std::string path() const;

 private:
  int descriptor_;
};

// Debian's bundle of the certificate authorities that are trusted where the settings name none.
constexpr auto system_certificates = "/etc/ssl/certs/ca-certificates.crt";

}  // namespace ashlar::database

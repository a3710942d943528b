// A file that a form of the type multipart/form-data brings, kept in a temporary file without a name, so that its size
// costs no memory.
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "http/request.h"

namespace ashlar::api {

class UploadedFile {
 public:
  // Takes the open file.
  UploadedFile(int descriptor, std::size_t size) : descriptor_(descriptor), size_(size) {}
  ~UploadedFile();
  UploadedFile(const UploadedFile&) = delete;
  UploadedFile& operator=(const UploadedFile&) = delete;

  std::string content_type;  // without parameters, in lower case

  std::size_t size() const { return size_; }
  // Up to `size` bytes from that place of the file; gives their number, 0 behind its end. From any thread.
  std::size_t read(std::size_t at, char* buffer, std::size_t size) const;

 private:
  int descriptor_;
  std::size_t size_;
};

// The first file of the form. Throws INVALID_PAYLOAD where the body is no form or holds no file. For routes with
// Body::streamed.
std::shared_ptr<const UploadedFile> receive_file(http::Request& request);

}  // namespace ashlar::api

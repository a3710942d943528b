// A file that a form of the type multipart/form-data brings, kept in a temporary file without a name, so that its size
// costs no memory.
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "base/temporary_file.h"
#include "http/request.h"

namespace ashlar::api {

struct UploadedFile {
  std::string content_type;  // without parameters, in lower case
  TemporaryFile content;     // to be read by read_at(), from any thread
  std::size_t size = 0;
};

// The first file of the form. Throws INVALID_PAYLOAD where the body is no form or holds no file. For routes with
// Body::streamed.
std::shared_ptr<const UploadedFile> receive_file(http::Request& request);

}  // namespace ashlar::api

#include "http/response.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/text.h"

namespace ashlar::http {

FilePart::~FilePart() { ::close(descriptor_); }

Response Response::json(std::string text, int status) {
  Response response;
  response.status = status;
  response.content_type = "application/json; charset=utf-8";
  response.body = std::move(text);
  return response;
}

Response Response::text(std::string text, int status, std::string content_type) {
  Response response;
  response.status = status;
  response.content_type = std::move(content_type);
  response.body = std::move(text);
  return response;
}

Response Response::no_content() {
  Response response;
  response.status = 204;
  return response;
}

Response Response::redirect(std::string location, int status) {
  auto response = text("Found. Redirecting to " + location, status);
  response.add_header("Location", std::move(location));
  return response;
}

Response Response::streamed(std::string content_type, std::function<void(BodyWriter&)> stream) {
  Response response;
  response.content_type = std::move(content_type);
  response.stream = std::move(stream);
  return response;
}

Response Response::file(const std::filesystem::path& path, std::string content_type, std::uint64_t offset,
                        std::uint64_t size) {
  const auto fail = [&path](int error) { throw std::system_error(error, std::generic_category(), path.string()); };
  const auto descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) fail(errno);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    fail(S_ISDIR(status.st_mode) ? EISDIR : EINVAL);
  }
  const auto total = static_cast<std::uint64_t>(status.st_size);
  offset = std::min(offset, total);
  Response response;
  response.content_type = std::move(content_type);
  response.part = std::make_shared<FilePart>(descriptor, offset, std::min(size, total - offset));
  return response;
}

std::string_view Response::header(std::string_view name) const {
  for (const auto& [known, value] : headers) {
    if (equals_ignoring_case(known, name)) return value;
  }
  return {};
}

void Response::add_header(std::string name, std::string value) {
  headers.emplace_back(std::move(name), std::move(value));
}

void Response::set_header(std::string_view name, std::string value) {
  std::erase_if(headers, [name](const auto& header) { return equals_ignoring_case(header.first, name); });
  headers.emplace_back(std::string(name), std::move(value));
}

}  // namespace ashlar::http

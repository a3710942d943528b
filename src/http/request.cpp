#include "http/request.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"

namespace ashlar::http {

namespace {

constexpr std::array<std::string_view, 9> method_names{"GET",    "HEAD",    "POST",   "PUT", "PATCH",
                                                       "DELETE", "OPTIONS", "SEARCH", ""};

class MemoryReader : public BodyReader {
 public:
  explicit MemoryReader(std::string_view text) : rest_(text) {}

  std::size_t read(char* buffer, std::size_t size) override {
    const auto count = std::min(size, rest_.size());
    std::memcpy(buffer, rest_.data(), count);
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::string_view method_name(Method method) { return method_names[static_cast<std::size_t>(method)]; }

Method method_from_name(std::string_view name) {
  const auto* found = std::find(method_names.begin(), method_names.end() - 1, name);
  return static_cast<Method>(found - method_names.begin());
}

Request::Request(Method method_asked, std::string_view target)
    : method(method_asked), method_text(method_name(method_asked)) {
  set_target(target);
}

std::string_view Request::query() const {
  return path_size_ < target_.size() ? std::string_view(target_).substr(path_size_ + 1) : std::string_view();
}

void Request::set_target(std::string_view target) {
  target_ = target;
  path_size_ = std::min(target_.find('?'), target_.size());
}

const Request::HeaderPlace* Request::find_header(std::string_view name) const {
  for (const auto& place : headers_) {
    if (place.name_size == name.size() &&
        equals_ignoring_case(std::string_view(header_text_).substr(place.name, place.name_size), name)) {
      return &place;
    }
  }
  return nullptr;
}

std::string_view Request::header(std::string_view name) const {
  const auto* place = find_header(name);
  return place ? std::string_view(header_text_).substr(place->value, place->value_size) : std::string_view();
}

bool Request::has_header(std::string_view name) const { return find_header(name) != nullptr; }

std::vector<std::pair<std::string_view, std::string_view>> Request::headers() const {
  const std::string_view text = header_text_;
  std::vector<std::pair<std::string_view, std::string_view>> all;
  all.reserve(headers_.size());
  for (const auto& place : headers_) {
    all.emplace_back(text.substr(place.name, place.name_size), text.substr(place.value, place.value_size));
  }
  return all;
}

void Request::add_header(std::string_view name, std::string_view value) {
  const auto begin = static_cast<std::uint32_t>(header_text_.size());
  const auto name_size = static_cast<std::uint32_t>(name.size());
  headers_.push_back({begin, name_size, begin + name_size, static_cast<std::uint32_t>(value.size())});
  header_text_.append(name).append(value);
}

const std::string& Request::parameter(std::string_view name) const {
  for (const auto& parameter : parameters) {
    if (parameter.name == name) return parameter.value;
  }
  throw std::logic_error("the route has no parameter {" + std::string(name) + "}");
}

BodyReader& Request::body_reader() {
  if (!reader_) reader_ = std::make_unique<MemoryReader>(body);
  return *reader_;
}

void Request::clear() {
  // One large body or target should not be paid for by an idle connection.
  constexpr std::size_t kept_memory = 16 * 1024;
  if (body.capacity() > kept_memory) std::string().swap(body);
  if (target_.capacity() > kept_memory) std::string().swap(target_);
  method = Method::get;
  method_text.clear();
  body.clear();
  version = 11;
  parameters.clear();
  target_.clear();
  path_size_ = 0;
  header_text_.clear();
  headers_.clear();
  reader_.reset();
}

}  // namespace ashlar::http

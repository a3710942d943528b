#include "storage/supabase.h"

#include "base/json_writer.h"
#include "base/temporary_file.h"
#include "base/text.h"
#include "config/error.h"

namespace ashlar::storage {
namespace {

constexpr std::string_view service = "Supabase";
constexpr std::int64_t page_size = 100;

// Missing objects are answered with 400 and a body that says 404.
bool says_not_found(const StorageError& error) {
  const std::string_view message = error.what();
  return error.kind() == StorageError::Kind::not_found || message.find("\"404\"") != message.npos ||
         message.find("not_found") != message.npos || message.find("answers 400") != message.npos;
}

}  // namespace

SupabaseStorage::SupabaseStorage(const config::StorageLocation& location, net::HttpClient& client)
    : client_(client), root_(location.root) {
  bucket_ = required_option(location, "bucket");
  role_ = required_option(location, "serviceRole");
  const auto endpoint = option(location, "endpoint");
  url_ = endpoint.empty() ? "https://" + required_option(location, "projectId") + ".supabase.co/storage/v1"
                          : endpoint_url(endpoint);
}

std::string SupabaseStorage::key_of(std::string_view name) const { return object_key(root_, normalized_name(name)); }

net::HttpResponse SupabaseStorage::send(net::HttpRequest request, const Sink& sink) {
  request.url = url_ + request.url;
  request.headers.emplace_back("authorization", "Bearer " + role_);
  return exchange(client_, std::move(request), service, sink);
}

net::HttpResponse SupabaseStorage::send_json(std::string method, const std::string& path, const json::value& body) {
  net::HttpRequest request;
  request.method = std::move(method);
  request.url = path;
  request.headers = {{"content-type", "application/json"}};
  write_json(request.body, body);
  return send(std::move(request));
}

std::optional<Stat> SupabaseStorage::stat(std::string_view name) {
  net::HttpRequest request;
  request.method = "HEAD";
  request.url = "/object/authenticated/" + percent_encode(bucket_) + "/" + encoded_path(key_of(name));
  try {
    const auto head = send(std::move(request));
    return Stat{size_in(head), modified_in(head)};
  } catch (const StorageError& error) {
    if (says_not_found(error)) return std::nullopt;
    throw;
  }
}

void SupabaseStorage::read(std::string_view name, const Range& range, const Sink& sink) {
  if (range.size == 0U) return;
  net::HttpRequest request;
  request.url = "/object/authenticated/" + percent_encode(bucket_) + "/" + encoded_path(key_of(name));
  if (range.offset > 0 || range.size) request.headers.emplace_back("range", range_header(range));
  try {
    send(std::move(request), sink);
  } catch (const StorageError& error) {
    if (says_not_found(error)) throw StorageError(StorageError::Kind::not_found, error.what());
    throw;
  }
}

// By way of a file without a name: the service wants to know the length beforehand.
std::uint64_t SupabaseStorage::write(std::string_view name, const Source& source, std::string_view content_type) {
  TemporaryFile file;
  const auto total = in_pieces(source, std::size_t{1} << 18, [&](std::string_view piece, bool) { file.write(piece); });
  file.rewind();
  net::HttpRequest request;
  request.method = "POST";
  request.url = "/object/" + percent_encode(bucket_) + "/" + encoded_path(key_of(name));
  request.headers = {{"x-upsert", "true"}, {"content-type", std::string(content_type)}};
  request.source = [&](char* buffer, std::size_t size) { return file.read(buffer, size); };
  request.source_length = total;
  send(std::move(request));
  return total;
}

void SupabaseStorage::copy(std::string_view from, std::string_view to) {
  remove(to);  // copying does not replace
  send_json("POST", "/object/copy",
            json::object{{"bucketId", bucket_}, {"sourceKey", key_of(from)}, {"destinationKey", key_of(to)}});
}

void SupabaseStorage::remove(std::string_view name) {
  send_json("DELETE", "/object/" + percent_encode(bucket_), json::object{{"prefixes", json::array{key_of(name)}}});
}

void SupabaseStorage::list_folder(const std::string& folder, std::string_view prefix,
                                  const std::function<void(std::string_view name)>& found) {
  for (std::int64_t offset = 0;; offset += page_size) {
    const auto answer = send_json("POST", "/object/list/" + percent_encode(bucket_),
                                  json::object{{"prefix", folder}, {"limit", page_size}, {"offset", offset}});
    const auto entries = parse_json(answer.body);
    if (!entries || !entries->is_array()) throw StorageError(StorageError::Kind::unavailable, "Supabase gives no list");
    for (const auto& entry : entries->get_array()) {
      const auto key = (folder.empty() ? "" : folder + "/") + std::string(text_member(entry, "name").value_or(""));
      const auto name = name_of_key(root_, key);
      const auto* id = find_member(entry, "id");
      const bool is_folder = id == nullptr || id->is_null();
      if (is_folder) {
        const auto inside = std::string(name) + "/";
        if (inside.starts_with(prefix) || prefix.starts_with(inside)) list_folder(key, prefix, found);
      } else if (name.starts_with(prefix)) {
        found(name);
      }
    }
    if (static_cast<std::int64_t>(entries->get_array().size()) < page_size) return;
  }
}

void SupabaseStorage::list(std::string_view prefix, const std::function<void(std::string_view name)>& found) {
  const auto slash = prefix.rfind('/');
  const auto folder = slash == prefix.npos ? std::string_view() : prefix.substr(0, slash);
  auto start = object_key(root_, folder);
  while (start.ends_with('/')) start.pop_back();
  list_folder(start, prefix, found);
}

}  // namespace ashlar::storage

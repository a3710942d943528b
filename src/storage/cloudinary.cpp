#include "storage/cloudinary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "base/random.h"
#include "base/text.h"

namespace ashlar::storage {
namespace {

constexpr std::string_view service = "Cloudinary";
constexpr std::size_t chunk_size = std::size_t{8} << 20;  // at least 5 MiB
constexpr std::array<std::string_view, 14> picture_extensions{"jpg",  "jpeg", "png", "gif", "webp", "avif", "tif",
                                                              "tiff", "bmp",  "ico", "svg", "heic", "psd",  "jxl"};
constexpr std::array<std::string_view, 8> video_extensions{"mp4", "webm", "mov", "avi", "mkv", "mp3", "wav", "ogv"};

template <typename List>
bool contains(const List& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::string text_in(const net::HttpResponse& response, std::string_view name) {
  const auto value = parse_json(response.body);
  const auto* member = value ? find_member(*value, name) : nullptr;
  return member == nullptr || member->is_null() ? std::string() : to_text(*member);
}

std::string form_body(const std::vector<std::pair<std::string, std::string>>& fields, std::string_view boundary,
                      std::string_view file) {
  std::string body;
  for (const auto& [name, value] : fields) {
    body += fmt::format("--{}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", boundary, name, value);
  }
  body += fmt::format(
      "--{}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\n"
      "Content-Type: application/octet-stream\r\n\r\n",
      boundary);
  body += file;
  body += fmt::format("\r\n--{}--\r\n", boundary);
  return body;
}

}  // namespace

CloudinaryStorage::CloudinaryStorage(const config::StorageLocation& location, net::HttpClient& client, Clock clock)
    : client_(client), clock_(std::move(clock)), root_(location.root) {
  cloud_ = required_option(location, "cloudName");
  key_ = required_option(location, "apiKey");
  secret_ = required_option(location, "apiSecret");
  type_ = option(location, "accessMode") == "authenticated" ? "authenticated" : "upload";
  const auto endpoint = option(location, "endpoint");  // for a service of one's own
  api_url_ = (endpoint.empty() ? "https://api.cloudinary.com" : endpoint_url(endpoint)) + "/v1_1/" + cloud_;
  delivery_url_ = (endpoint.empty() ? "https://res.cloudinary.com" : endpoint_url(endpoint)) + "/" + cloud_;
}

CloudinaryStorage::Place CloudinaryStorage::place_of(std::string_view name) const {
  const auto key = object_key(root_, normalized_name(name));
  const auto dot = key.rfind('.');
  const auto has_extension = dot != key.npos && key.find('/', dot) == key.npos;
  const auto extension = has_extension ? to_lower(key.substr(dot + 1)) : std::string();
  if (contains(picture_extensions, extension)) return {"image", key.substr(0, dot), extension};
  if (contains(video_extensions, extension)) return {"video", key.substr(0, dot), extension};
  return {"raw", key, ""};
}

// All fields but the key itself are signed, in the order of their names.
CloudinaryStorage::Fields CloudinaryStorage::signed_fields(Fields fields) const {
  fields.emplace_back("timestamp", std::to_string(clock_().milliseconds / 1000));
  std::sort(fields.begin(), fields.end());
  std::string text;
  for (const auto& [name, value] : fields) text += (text.empty() ? "" : "&") + name + "=" + value;
  const auto signature = hex(sha256(text + secret_));
  fields.emplace_back("api_key", key_);
  fields.emplace_back("signature_algorithm", "sha256");
  fields.emplace_back("signature", signature);
  return fields;
}

net::HttpResponse CloudinaryStorage::call(const Place& place, std::string_view action, Fields fields) {
  net::HttpRequest request;
  request.method = "POST";
  request.url = fmt::format("{}/{}/{}", api_url_, place.kind, action);
  request.headers = {{"content-type", "application/x-www-form-urlencoded"}};
  for (const auto& [name, value] : signed_fields(std::move(fields))) {
    request.body += (request.body.empty() ? "" : "&") + name + "=" + percent_encode(value);
  }
  return exchange(client_, std::move(request), service);
}

std::string CloudinaryStorage::delivery_url(const Place& place) const {
  const auto file = encoded_path(place.id) + (place.format.empty() ? "" : "." + place.format);
  auto signature = base64_encode(sha256(file + secret_)).substr(0, 8);
  for (auto& c : signature) c = c == '+' ? '-' : c == '/' ? '_' : c;
  const auto signed_part = type_ == "authenticated" ? "s--" + signature + "--/" : std::string();
  return fmt::format("{}/{}/{}/{}{}", delivery_url_, place.kind, type_, signed_part, file);
}

std::optional<Stat> CloudinaryStorage::stat(std::string_view name) {
  const auto place = place_of(name);
  return unless_missing([&] {
    const auto answer = call(place, "explicit", {{"public_id", place.id}, {"type", type_}});
    const auto created = parse_iso(text_in(answer, "created_at"));
    const auto size = parse_integer(text_in(answer, "bytes")).value_or(0);
    return Stat{static_cast<std::uint64_t>(size), created ? created->moment() : Moment{}};
  });
}

void CloudinaryStorage::read(std::string_view name, const Range& range, const Sink& sink) {
  if (range.size == 0U) return;
  net::HttpRequest request;
  request.url = delivery_url(place_of(name));
  if (range.offset > 0 || range.size) request.headers.emplace_back("range", range_header(range));
  exchange(client_, std::move(request), service, sink);
}

std::uint64_t CloudinaryStorage::write(std::string_view name, const Source& source, std::string_view) {
  const auto place = place_of(name);
  const auto slash = place.id.rfind('/');
  Fields fields{{"public_id", place.id}, {"type", type_}, {"invalidate", "true"}, {"overwrite", "true"}};
  if (slash != place.id.npos) fields.emplace_back("asset_folder", place.id.substr(0, slash));
  const auto upload = random_token(20);
  const auto boundary = "ashlar-" + random_token(20);
  std::uint64_t offset = 0;
  return in_pieces(source, chunk_size, [&](std::string_view piece, bool is_last) {
    net::HttpRequest request;
    request.method = "POST";
    request.url = fmt::format("{}/{}/upload", api_url_, place.kind);
    request.headers = {{"content-type", "multipart/form-data; boundary=" + boundary}};
    const auto end = offset + piece.size();
    if (offset > 0 || !is_last) {
      request.headers.emplace_back("x-unique-upload-id", upload);
      request.headers.emplace_back("content-range", fmt::format("bytes {}-{}/{}", offset, end - 1,
                                                                is_last ? static_cast<std::int64_t>(end) : -1));
    }
    request.body = form_body(signed_fields(fields), boundary, piece);
    exchange(client_, std::move(request), service);
    offset = end;
  });
}

void CloudinaryStorage::copy(std::string_view from, std::string_view to) {
  write(to, source_of(*this, std::string(from)), "");
}

void CloudinaryStorage::move(std::string_view from, std::string_view to) {
  const auto source = place_of(from), target = place_of(to);
  if (source.kind != target.kind || source.format != target.format) return Storage::move(from, to);
  call(source, "rename",
       {{"from_public_id", source.id}, {"to_public_id", target.id}, {"type", type_}, {"overwrite", "true"}});
}

void CloudinaryStorage::remove(std::string_view name) {
  const auto place = place_of(name);
  try {
    call(place, "destroy", {{"public_id", place.id}, {"type", type_}, {"invalidate", "true"}});
  } catch (const StorageError& error) {
    if (error.kind() != StorageError::Kind::not_found) throw;
  }
}

void CloudinaryStorage::list(std::string_view prefix, const std::function<void(std::string_view name)>& found) {
  for (const auto* kind : {"image", "video", "raw"}) {
    std::string cursor;
    do {
      net::HttpRequest request;
      request.url = fmt::format("{}/resources/{}/{}?max_results=500&prefix={}", api_url_, kind, type_,
                                percent_encode(object_key(root_, prefix)));
      if (!cursor.empty()) request.url += "&next_cursor=" + percent_encode(cursor);
      request.headers = {{"authorization", "Basic " + base64_encode(key_ + ":" + secret_)}};
      const auto answer = exchange(client_, std::move(request), service);
      const auto value = parse_json(answer.body);
      const auto* resources = value ? find_member(*value, "resources") : nullptr;
      if (resources != nullptr && resources->is_array()) {
        for (const auto& resource : resources->get_array()) {
          std::string key(text_member(resource, "public_id").value_or(""));
          const auto format = text_member(resource, "format").value_or("");
          if (std::string_view(kind) != "raw" && !format.empty()) key += "." + std::string(format);
          found(name_of_key(root_, key));
        }
      }
      cursor = text_in(answer, "next_cursor");
    } while (!cursor.empty());
  }
}

}  // namespace ashlar::storage

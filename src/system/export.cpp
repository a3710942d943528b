#include "system/export.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/error.h"
#include "base/log.h"
#include "base/temporary_file.h"
#include "items/export.h"
#include "query/parse.h"
#include "query/reader.h"
#include "system/files/upload.h"
#include "system/notifications.h"

namespace ashlar::system {
namespace {

struct Format {
  std::string_view name, type;
  query::ExportFormat format;
};
constexpr Format formats[] = {
    {"csv", "text/csv", query::ExportFormat::csv},
    {"csv_utf8", "text/csv; charset=utf-8", query::ExportFormat::csv_utf8},
    {"json", "application/json", query::ExportFormat::json},
    {"xml", "text/xml", query::ExportFormat::xml},
    {"yaml", "text/yaml", query::ExportFormat::yaml},
};

const Format& format_of(const std::string& name) {
  const auto* found =
      std::find_if(std::begin(formats), std::end(formats), [&](const auto& f) { return f.name == name; });
  if (found == std::end(formats)) throw ApiError::invalid_payload("\"" + name + "\" is no format of exports.");
  return *found;
}

// export-articles-20240229-9530: without leading zeros in hours and smaller.
std::string usual_title(std::string_view collection, Moment moment) {
  const std::time_t seconds = moment.milliseconds / 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  return fmt::format("export-{}-{:04}{:02}{:02}-{}{}{}", collection, local.tm_year + 1900, local.tm_mon + 1,
                     local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec);
}

// All that is asked for, in an order in which nothing comes twice.
query::Query export_query(const items::Services& services, const Export& request) {
  auto parameters = request.query;
  if (!parameters.contains("limit")) parameters["limit"] = -1;
  auto query = query::parse_query(parameters, services.limits);
  query.export_format.reset();
  const auto schema = services.schemas.current();
  const auto* collection = schema->collection(request.collection);
  if (collection == nullptr) throw query::forbidden_collection(request.collection);
  if (query.aggregate.empty() && query.group.empty()) query.sort.push_back({.path = collection->primary_key});
  return query;
}

json::object file_members(const items::Services& services, const Export& request, const Format& format) {
  auto file = request.file;
  for (const auto* own : {"id", "filename_disk", "filesize"}) file.erase(own);
  file["type"] = format.type;
  if (const auto* title = file.if_contains("title"); title == nullptr || !title->is_string()) {
    file["title"] = usual_title(request.collection, services.clock());
  }
  if (const auto* name = file.if_contains("filename_download"); name == nullptr || !name->is_string()) {
    file["filename_download"] = to_text(file.at("title")) + "." + std::string(format.name);
  }
  return file;
}

// Gives the key of the file.
std::string run(const items::Services& services, const access::Accountability& who, const Export& request,
                const StoreFile& store) {
  const auto& format = format_of(request.format);
  if (!store) throw ApiError(503, "SERVICE_UNAVAILABLE", "There is no place for files.", {{"service", "files"}});
  items::PreparedRead read(services, &who, request.collection, export_query(services, request), {});
  read.release_connection();
  return store(who, file_members(services, request, format), [&](const items::FileSink& sink) {
    items::run_export(read, format.format, items::Heads::of_fields, sink);
  });
}

}  // namespace

StoreFile store_in_library(const FileLibrary& library) {
  return [&library](const access::Accountability& who, const json::object& file,
                    const std::function<void(const items::FileSink&)>& write) {
    require_create(library, &who);
    TemporaryFile content;
    write([&](std::string_view piece) { content.write(piece); });
    content.rewind();
    Incoming incoming;
    incoming.fields = file;
    incoming.file_name = to_text(file.at("filename_download"));
    incoming.type = to_text(file.at("type"));
    incoming.source = [&](char* buffer, std::size_t size) { return content.read(buffer, size); };
    return to_text(upload_file(library, &who, std::move(incoming)));
  };
}

Export parse_export(const items::Services& services, const access::Accountability& who, std::string collection,
                    const json::value& body) {
  const auto* query = find_member(body, "query");
  const auto format = text_member(body, "format");
  if (query == nullptr || !query->is_object()) throw ApiError::invalid_payload("\"query\" is required.");
  if (!format || format->empty()) throw ApiError::invalid_payload("\"format\" is required.");
  const auto lease = services.database.reader();
  items::make_reader(services, services.schemas.current(), &who, *lease).readable(collection);
  const auto* file = find_member(body, "file");
  return {std::move(collection), query->get_object(), std::string(*format),
          file != nullptr && file->is_object() ? file->get_object() : json::object()};
}

void run_export_and_tell(const items::Services& services, const access::Accountability& who, const Export& request,
                         const StoreFile& store, std::string_view public_url) noexcept {
  std::string file;
  try {
    file = run(services, who, request, store);
  } catch (const std::exception& error) {
    log::error("An export of {} failed: {}", request.collection, error.what());
  }
  if (!who.user) return;
  try {
    Notice notice{.recipient = *who.user, .subject = {}, .message = {}, .sender = *who.user};
    if (file.empty()) {
      notice.subject = "Your export of " + request.collection + " failed";
      notice.message = "Please contact your system administrator for more information.";
    } else {
      std::string root(public_url);
      if (root.ends_with('/')) root.pop_back();
      notice.subject = "Your export of " + request.collection + " is ready";
      notice.message = fmt::format(
          "\nHello {},\n\nYour export of {} is ready. <a href=\"{}/admin/files/{}\">Click here to view.</a>\n",
          display_name_of(services, *who.user), request.collection, root, file);
      notice.collection = "directus_files";
      notice.item = file;
    }
    notify_or_log(services, notice);
  } catch (const std::exception& error) {
    log::error("Nobody was told of the end of an export: {}", error.what());
  }
}

}  // namespace ashlar::system

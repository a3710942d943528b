// /schema: the data model as a file, compared and applied.
#include "api/call.h"
#include "api/routes.h"
#include "base/error.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "base/yaml.h"
#include "http/multipart.h"
#include "items/export.h"
#include "items/export_format.h"
#include "system/snapshot.h"
#include "system/snapshot_apply.h"
#include "system/snapshot_diff.h"

namespace ashlar::api {
namespace {

// Files may be larger than what else is sent.
constexpr std::size_t largest_file = 64 << 20;

json::value parse_file(const http::FormPart& file) {
  const bool is_json = file.content_type == "application/json";
  auto value = is_json ? parse_json(file.data) : parse_yaml(file.data);
  if (!value) throw ApiError::invalid_payload(is_json ? "The file is no valid JSON." : "The file is no valid YAML.");
  return std::move(*value);
}

json::value uploaded_file(const http::Request& request) {
  const auto parts = http::parse_form(request.header("content-type"), request.body);
  if (!parts) throw ApiError::invalid_payload("The form can't be read.");
  for (const auto& part : *parts) {
    if (part.file_name) return parse_file(part);
  }
  throw ApiError::invalid_payload("There is no file in the form.");
}

// What was sent as JSON, or as a file in a form.
json::value document(const Call& call) {
  const auto header = call.request.header("content-type");
  const auto type = to_lower(trim(header.substr(0, header.find(';'))));
  if (type == "application/json") return call.body;
  if (type == "multipart/form-data") return uploaded_file(call.request);
  json::object extensions{{"where", "Content-Type header"}};
  if (!header.empty()) extensions.emplace("mediaType", type);
  throw ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Send the snapshot as application/json or as a file in a form.",
                 std::move(extensions));
}

// The snapshot alone, as a file. As CSV or XML it is one row, with lists in it, as the reference has it.
http::Response snapshot_file(const json::object& snapshot, query::ExportFormat format) {
  using query::ExportFormat;
  std::string text, ending;
  if (format == ExportFormat::yaml) {
    ending = "yaml";
    text = write_yaml(snapshot);
  } else if (format == ExportFormat::json) {
    ending = "json";
    write_json(text, snapshot);
  } else {
    ending = format == ExportFormat::csv ? "csv" : "xml";
    std::string list;
    write_json(list, json::array{snapshot});
    const auto writer = items::make_row_writer(format, true, [&](std::string_view piece) { text += piece; });
    writer->rows(list);
    writer->finish();
  }
  auto response = http::Response::text(std::move(text), 200, items::export_content_type(format));
  response.add_header("Content-Disposition", "attachment; filename=\"snapshot." + ending + "\"");
  return response;
}

http::Response read_snapshot(Call& call) {
  const auto format = call.query().export_format;
  const auto snapshot = system::read_snapshot(call.app.services, &call.who);
  return format ? snapshot_file(snapshot, *format) : data_answer(snapshot);
}

// `force` counts however it is spelled.
http::Response diff(Call& call) {
  call.require_admin();
  const auto found =
      system::diff_snapshot(call.app.services, &call.who, document(call), call.parameters.contains("force"));
  return found ? data_answer(*found) : http::Response::no_content();
}

http::Response apply(Call& call) {
  call.require_admin();
  const auto* force = call.parameters.if_contains("force");
  system::apply_snapshot(call.app.services, &call.who, document(call), force && to_text(*force) == "true");
  return http::Response::no_content();
}

}  // namespace

void schema_routes(http::Router& router, App& app) {
  router.get("/schema/snapshot", with_call(app, read_snapshot));
  router.post("/schema/diff", with_call(app, diff), {.max_body = largest_file});
  router.post("/schema/apply", with_call(app, apply), {.max_body = largest_file});
}

}  // namespace ashlar::api

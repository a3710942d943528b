#include "query/output.h"

#include "base/json_writer.h"
#include "base/text.h"
#include "base/time.h"

namespace ashlar::query {
namespace {

using database::Cell;
using database::Vendor;

constexpr std::string_view concealed_value = "**********";

bool is_json_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

bool is_json_scalar(std::string_view text) { return is_json_number(text) || text == "true" || text == "false"; }

void write_plain(std::string& out, const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::null:
      out += "null";
      return;
    case Cell::Kind::integer:
      write_json_integer(out, cell.integer);
      return;
    case Cell::Kind::real:
      write_json_double(out, cell.real);
      return;
    default:
      write_json_string(out, cell.text);
  }
}

void write_number(std::string& out, const Cell& cell) {
  if (cell.kind != Cell::Kind::text) {
    write_plain(out, cell);
  } else if (is_json_number(cell.text)) {
    out += cell.text;
  } else {
    write_json_string(out, cell.text);
  }
}

void write_text_number(std::string& out, const Cell& cell) {
  out += '"';
  out += cell.kind == Cell::Kind::text ? std::string(cell.text) : cell.to_string();
  out += '"';
}

// JSON columns: text that is JSON is copied. Only SQLite can hold text that is none: it stays text.
void write_document(std::string& out, const Cell& cell, Vendor vendor) {
  if (cell.kind != Cell::Kind::text) {
    write_plain(out, cell);
  } else if (vendor == Vendor::postgres || parse_json(cell.text)) {
    out += cell.text;
  } else {
    write_json_string(out, cell.text);
  }
}

void write_list(std::string& out, const Cell& cell) {
  const auto text = cell.to_string();
  out += '[';
  if (!text.empty()) {
    bool first = true;
    for (const auto part : split(text, ',')) {
      if (!first) out += ',';
      first = false;
      write_json_string(out, part);
    }
  }
  out += ']';
}

// The time of a cell in UTC: milliseconds on SQLite, else a text in UTC.
std::optional<CivilTime> time_of(const Cell& cell) {
  if (cell.kind == Cell::Kind::integer) return civil_utc({cell.integer});
  if (cell.kind == Cell::Kind::real) return civil_utc({static_cast<std::int64_t>(cell.real)});
  const auto parsed = parse_iso(cell.text);
  if (!parsed) return std::nullopt;
  const bool is_plain = parsed->offset_minutes.value_or(0) == 0 && parsed->civil.hour < 24;
  return is_plain ? parsed->civil : civil_utc(parsed->moment());
}

void write_time(std::string& out, const Cell& cell, Output output) {
  const auto time = time_of(cell);
  if (!time) {
    write_json_string(out, cell.text);
    return;
  }
  out += '"';
  switch (output) {
    case Output::date:
      append_date(out, *time);
      break;
    case Output::date_time:
      append_date_time(out, *time);
      break;
    default:
      append_timestamp(out, *time);
  }
  out += '"';
}

void write_bytes(std::string& out, const Cell& cell) {
  out += R"({"type":"Buffer","data":[)";
  for (std::size_t i = 0; i < cell.text.size(); ++i) {
    if (i > 0) out += ',';
    write_json_integer(out, static_cast<unsigned char>(cell.text[i]));
  }
  out += "]}";
}

}  // namespace

void write_value(std::string& out, const Cell& cell, Output output, Vendor vendor) {
  if (cell.is_null()) {
    out += "null";
    return;
  }
  switch (output) {
    case Output::number:
      write_number(out, cell);
      return;
    case Output::big_number:
      vendor == Vendor::postgres ? write_text_number(out, cell) : write_number(out, cell);
      return;
    case Output::decimal_number:
      vendor == Vendor::sqlite ? write_number(out, cell) : write_text_number(out, cell);
      return;
    case Output::boolean:
      out += cell.to_bool() ? "true" : "false";
      return;
    case Output::stored_boolean:
      if (vendor == Vendor::postgres) {
        out += cell.to_bool() ? "true" : "false";
      } else {
        write_plain(out, cell);
      }
      return;
    case Output::json_part:
      if (vendor == Vendor::mysql && cell.kind == Cell::Kind::text && is_json_scalar(cell.text)) {
        write_json_string(out, cell.text);
        return;
      }
      [[fallthrough]];
    case Output::json:
    case Output::geometry:
      write_document(out, cell, vendor);
      return;
    case Output::csv:
      write_list(out, cell);
      return;
    case Output::date:
    case Output::date_time:
    case Output::timestamp:
      write_time(out, cell, output);
      return;
    case Output::concealed:
      if (cell.kind == Cell::Kind::text && cell.text.empty()) {
        out += "null";
      } else {
        write_json_string(out, concealed_value);
      }
      return;
    case Output::text:
    case Output::time:
    case Output::uuid:
      cell.kind == Cell::Kind::blob ? write_bytes(out, cell) : write_plain(out, cell);
  }
}

}  // namespace ashlar::query

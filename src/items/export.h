// Reading items into a file: the same read as any other, its rows written as CSV, JSON, XML or YAML while they come, so
// that a file of any size costs little memory; contract items-read 15.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "items/export_format.h"
#include "items/read.h"

namespace ashlar::items {

// "text/csv; charset=utf-8"
std::string export_content_type(query::ExportFormat format);

// "articles 20240229-9530.csv": the time in the server's zone, without leading zeros in its hours and smaller.
std::string export_file_name(std::string_view collection, query::ExportFormat format, Moment moment);

// The heads of a CSV file of the plan's rows: columns, and those of what lies behind relations to one item, with dots.
std::vector<std::string> csv_heads(const query::Plan& plan);

// Which heads a CSV file has.
enum class Heads {
  of_fields,  // those that were asked for, whatever the rows hold
  of_rows,    // all that appear in any row; so the file begins when the last one was read
};

// Runs the read and hands over the file piece by piece. Throws as PreparedRead::run() does.
void run_export(PreparedRead& read, query::ExportFormat format, Heads heads, const FileSink& sink);

}  // namespace ashlar::items

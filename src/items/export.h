// Reading items into a file: the same read as any other, its rows written as CSV, JSON, XML or YAML while they come, so
// that a file of any size costs little memory; contract items-read 15.
#pragma once
#include <string>
#include <string_view>

#include "items/export_format.h"
#include "items/read.h"

namespace ashlar::items {

// "text/csv; charset=utf-8"
std::string export_content_type(query::ExportFormat format);

// "articles 20240229-9530.csv": the time in the server's zone, without leading zeros in its hours and smaller.
std::string export_file_name(std::string_view collection, query::ExportFormat format, Moment moment);

// Runs the read and hands over the file piece by piece. Throws as PreparedRead::run() does, for CSV always before the
// first piece.
void run_export(PreparedRead& read, query::ExportFormat format, const FileSink& sink);

}  // namespace ashlar::items

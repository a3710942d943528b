// Files from addresses that people name (contract files-server 4).
#pragma once
#include <string>
#include <vector>

#include "access/accountability.h"
#include "base/json.h"
#include "system/files/library.h"

namespace ashlar::system {

struct ImportRequest {
  std::string url;
  json::object fields;                    // of the record; of an existing file where they name one by its id
  std::vector<std::string> type_filters;  // patterns; empty allows all
};

// Gives the key. Throws as upload_file() does, INVALID_PAYLOAD for types that are not wanted, and SERVICE_UNAVAILABLE
// (service external-file) for whatever is wrong with the address or its answer.
json::value import_file(const FileLibrary& library, const access::Accountability* who, ImportRequest request);

}  // namespace ashlar::system

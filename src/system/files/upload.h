// Bringing bytes into files: new ones, and in the place of old ones (contract files-server 1.2 and 1.5).
#pragma once
#include <optional>
#include <string>

#include "access/accountability.h"
#include "base/json.h"
#include "storage/storage.h"
#include "system/files/library.h"

namespace ashlar::system {

struct Incoming {
  json::object fields;              // of the record, as they were sent
  std::string file_name;            // without a path
  std::optional<std::string> type;  // as it was sent; else told by the content
  storage::Source source;
  bool whole_name_is_title = false;  // the extension, too
};

// Makes a record and stores the bytes. Gives the key. Nothing is left of what fails. Throws ApiErrors: those of
// creating items, INVALID_PAYLOAD, CONTENT_TOO_LARGE, SERVICE_UNAVAILABLE; lets through what the source throws.
json::value upload_file(const FileLibrary& library, const access::Accountability* who, Incoming incoming);

// Puts the bytes in the place of those that the file has. False where an administrator names a file that is not there:
// nothing is done then. The old bytes stay where it fails.
bool replace_file(const FileLibrary& library, const access::Accountability* who, std::string_view id,
                  Incoming incoming);

// Throws FORBIDDEN for those who may not make files at all, before anything is sent.
void require_create(const FileLibrary& library, const access::Accountability* who);

// Before the record is made: title, folder and location where none were sent. Throws INVALID_PAYLOAD for types that are
// not allowed and for unknown locations.
void complete_fields(const FileLibrary& library, Incoming& incoming);
// A name that nobody else has: `<id><extension>`.
std::string default_disk_name(std::string_view id, std::string_view file_name, std::string_view type);
// Reads the stored bytes, where they are a picture, and gives what the record should have of it.
struct StoredFacts {
  std::uint64_t size = 0;
  bool replaces = false;  // a picture that had another one before: its texts stay
  bool is_upload = true;  // sets uploaded_on
};
void note_stored(const FileLibrary& library, std::string_view id, std::string_view filename_disk,
                 const StoredFacts& facts, const json::object& sent);
void announce_upload(const FileLibrary& library, const access::Accountability* who, const json::value& key);

// Refuses more than FILES_MAX_UPLOAD_SIZE bytes: throws CONTENT_TOO_LARGE from within.
storage::Source limited(const FileLibrary& library, storage::Source source);

}  // namespace ashlar::system

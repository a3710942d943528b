// Uploads that survive broken connections and restarts of the server (TUS 1.0.0; contract files-server 7). What arrives
// is kept in parts, each an object of its own; the last byte makes one object of them. The state stands in the record:
// tus_id and tus_data. So any process on the same database and storage can go on with an upload.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/accountability.h"
#include "config/settings.h"
#include "storage/storage.h"
#include "system/files/library.h"
#include "system/files/upload_turns.h"

namespace ashlar::system {

struct ResumableUpload {
  std::string tus_id, file_id, storage;
  std::optional<std::string> uploaded_by, replaces;  // the key of the file whose bytes it replaces
  std::uint64_t size = 0, offset = 0;
  std::string metadata;  // the header as it was sent
  Moment changed;
  std::vector<std::string> parts;  // names of objects
};

// Upload-Metadata: "name base64,name base64". Throws INVALID_METADATA.
json::object parse_upload_metadata(std::string_view header);

class ResumableUploads {
 public:
  // `library`, `locks` and `messages` must outlive it.
  ResumableUploads(const FileLibrary& library, const config::ResumableUploadSettings& settings, bus::Store& locks,
                   bus::Messages& messages)
      : library_(library), settings_(settings), turns_(locks, messages) {}

  // Makes the record; gives the upload. `metadata` as parse_upload_metadata() gave it, with its header. Throws what
  // creating items throws.
  ResumableUpload create(const access::Accountability* who, std::uint64_t size, json::object metadata,
                         std::string header);

  // Nothing where there is none, it is finished, or somebody else's.
  std::optional<ResumableUpload> find(const access::Accountability& who, std::string_view tus_id);

  // Keeps what the source gives; a source that ends early, or throws, leaves what it gave. Gives the state afterwards;
  // with the last byte the upload is a file. One at a time works on an upload: who comes later stops the others.
  // Nothing where another offset than `offset` was reached.
  std::optional<ResumableUpload> append(const access::Accountability& who, const std::string& tus_id,
                                        std::uint64_t offset, const storage::Source& source);

  // Removes the upload and its record. Throws FORBIDDEN for those who may not delete files.
  void cancel(const access::Accountability& who, const std::string& tus_id);

  Moment expires(const ResumableUpload& upload) const;

  // Removes the uploads on which nothing happened for so long. Gives their number.
  std::size_t remove_expired();

  // Of filters for lists: what is not yet a file.
  std::vector<std::string> unfinished_files() const;

 private:
  // False where somebody else went on with the upload meanwhile: then nothing is changed.
  bool keep_part(ResumableUpload& upload, const std::string& bytes);
  bool save(const ResumableUpload& upload, std::uint64_t offset_before);
  void finish(ResumableUpload& upload, const access::Accountability* who, UploadTurns::Turn& turn);
  void remove_parts(const ResumableUpload& upload) noexcept;

  const FileLibrary& library_;
  const config::ResumableUploadSettings& settings_;
  UploadTurns turns_;
};

}  // namespace ashlar::system

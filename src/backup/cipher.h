// Encryption of backups, in a stream: AES-256-GCM in chunks, as the STREAM construction has it. The key comes from the
// passphrase by scrypt with a salt of its own in each backup, so a counter is all that nonces need.
//
//   ashlar-encrypted-backup 1\n
//   {"cipher":"AES-256-GCM","chunk":65536,"kdf":"scrypt","n":32768,"r":8,"p":1,"salt":"<base64>","about":{...}}\n
//   <base64 of the HMAC-SHA-256 of both lines>\n
//   chunks: 65536 bytes each, the last one shorter or as long, each followed by its tag of 16 bytes
//
// scrypt gives 64 bytes: the key of the cipher and that of the HMAC. The nonce of a chunk is its number from 0 (11
// bytes, big end first) and one byte that is 1 for the last chunk and else 0: chunks that were cut off, left out or
// swapped are noticed. `about` is readable without the key, so that lists need none.
#pragma once
#include <string>
#include <string_view>

#include "base/json.h"
#include "storage/storage.h"

namespace ashlar::backup {

class Encryptor {
 public:
  // Writes the head. `out` gets everything.
  Encryptor(std::string_view passphrase, const json::object& about, storage::Sink out);
  ~Encryptor();
  Encryptor(const Encryptor&) = delete;
  Encryptor& operator=(const Encryptor&) = delete;

  void write(std::string_view bytes);
  void finish();  // once, after the last byte

 private:
  void seal(bool is_last);

  struct Cipher;
  std::unique_ptr<Cipher> cipher_;
  storage::Sink out_;
  std::string gathered_;
};

// What the head of an encrypted backup says about it; `beginning` are the first bytes of it. Not verified: that needs
// the key. Throws Damaged.
json::object encrypted_about(std::string_view beginning);

// The bytes that were encrypted. Throws Damaged, here where the passphrase does not fit, and from the source where
// bytes were changed or cut off: what it gives before is genuine.
storage::Source decrypted(storage::Source source, std::string_view passphrase);

}  // namespace ashlar::backup

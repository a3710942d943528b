#include "system/files/names.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <cwctype>
#include <unordered_map>

#include "base/text.h"

namespace ashlar::system {
namespace {

constexpr std::string_view acronyms =
    "2D 3D 4WD A2O AI API BIOS CC CCTV CCV CD CD-ROM CIA CMS COBOL CSS CSV CV DB DIY DNA DVD E3 EIN ESPN FAQ FBI "
    "FORTRAN FPS FTP HTML HTTP HTTPS ID IP ISO JS JSON LASER M2A M2M M2MM M2O MMORPG NAFTA NASA NDA O2A O2M PDF PHP "
    "POP "
    "RAM RNGR ROM RPG RTFM RTS SCUBA SDK SITCOM SKU SMTP SQL SSL SSN SWAT TBS TLS TNA TS TTL TV UI URL USB UWP VIP W3C "
    "WWE WWF WWW WYSIWYG";
constexpr std::string_view spellings =
    "2FA 4K 5K 8K AGI BI ChatGPT CTA DateTime FMS GitHub GPT HD IBMid IDs iMac IMAX iOS iPad iPhone iPod LDAP LinkedIn "
    "LLM macOS McDonalds MCP ML MySQL NLG NLP NLU OpenAI PDFs PIM PEFT pH PostgreSQL SEO TTS UHD UUID XSS YouTube";
constexpr std::string_view small_words = "a an the and but or as if so nor now at by for in of off on out to up";

using Spellings = std::unordered_map<std::string, std::string>;

const Spellings& fixed_spellings() {
  static const Spellings all = [] {
    Spellings known;
    for (const auto list : {acronyms, spellings}) {
      for (const auto word : split(list, ' ')) known.emplace(to_lower(word), word);
    }
    return known;
  }();
  return all;
}

bool is_small_word(std::string_view word) {
  const auto words = split(small_words, ' ');
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

// myHolidayPhotos -> my_Holiday_Photos, PDFFile -> PDF_File
std::string split_camel_case(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && is_upper(text[i])) {
      const bool begins_word = i + 1 < text.size() && is_lower(text[i + 1]);
      if (is_lower_or_digit(text[i - 1]) || (is_upper(text[i - 1]) && begins_word)) out += '_';
    }
    out += text[i];
  }
  return out;
}

// The first letter of a word in its upper case, as far as it is one of two bytes or less.
std::string capitalized(std::string word) {
  const auto length = utf8_sequence_length(word);
  if (length == 1) {
    word[0] = to_upper(word.substr(0, 1))[0];
  } else if (length == 2) {
    static const locale_t unicode = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    const auto code =
        ((static_cast<unsigned char>(word[0]) & 0x1FU) << 6) | (static_cast<unsigned char>(word[1]) & 0x3FU);
    const auto upper = unicode == nullptr ? code : ::towupper_l(code, unicode);
    if (upper >= 0x80 && upper < 0x800) {
      word[0] = static_cast<char>(0xC0U | (upper >> 6));
      word[1] = static_cast<char>(0x80U | (upper & 0x3FU));
    }
  }
  return word;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    const bool separates = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '-' || c == '_';
    if (!separates) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

struct TypeName {
  std::string_view type, extension;
};
constexpr std::array<TypeName, 66> known_types{{
    {"application/epub+zip", ".epub"},
    {"application/gzip", ".gz"},
    {"application/java-archive", ".jar"},
    {"application/javascript", ".js"},
    {"application/json", ".json"},
    {"application/ld+json", ".jsonld"},
    {"application/manifest+json", ".webmanifest"},
    {"application/msword", ".doc"},
    {"application/octet-stream", ".bin"},
    {"application/ogg", ".ogx"},
    {"application/pdf", ".pdf"},
    {"application/postscript", ".ai"},
    {"application/rtf", ".rtf"},
    {"application/vnd.ms-excel", ".xls"},
    {"application/vnd.ms-fontobject", ".eot"},
    {"application/vnd.ms-powerpoint", ".ppt"},
    {"application/vnd.oasis.opendocument.presentation", ".odp"},
    {"application/vnd.oasis.opendocument.spreadsheet", ".ods"},
    {"application/vnd.oasis.opendocument.text", ".odt"},
    {"application/vnd.openxmlformats-officedocument.presentationml.presentation", ".pptx"},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"},
    {"application/vnd.rar", ".rar"},
    {"application/wasm", ".wasm"},
    {"application/x-7z-compressed", ".7z"},
    {"application/x-bzip2", ".bz2"},
    {"application/x-sh", ".sh"},
    {"application/x-tar", ".tar"},
    {"application/xhtml+xml", ".xhtml"},
    {"application/xml", ".xml"},
    {"application/yaml", ".yaml"},
    {"application/zip", ".zip"},
    {"audio/aac", ".aac"},
    {"audio/flac", ".flac"},
    {"audio/midi", ".mid"},
    {"audio/mp4", ".m4a"},
    {"audio/mpeg", ".mpga"},
    {"audio/ogg", ".oga"},
    {"audio/wav", ".wav"},
    {"audio/webm", ".weba"},
    {"font/otf", ".otf"},
    {"font/ttf", ".ttf"},
    {"font/woff", ".woff"},
    {"font/woff2", ".woff2"},
    {"image/avif", ".avif"},
    {"image/bmp", ".bmp"},
    {"image/gif", ".gif"},
    {"image/heic", ".heic"},
    {"image/jpeg", ".jpeg"},
    {"image/png", ".png"},
    {"image/svg+xml", ".svg"},
    {"image/tiff", ".tif"},
    {"image/vnd.adobe.photoshop", ".psd"},
    {"image/webp", ".webp"},
    {"image/x-icon", ".ico"},
    {"text/calendar", ".ics"},
    {"text/css", ".css"},
    {"text/csv", ".csv"},
    {"text/html", ".html"},
    {"text/javascript", ".js"},
    {"text/markdown", ".md"},
    {"text/plain", ".txt"},
    {"text/vcard", ".vcard"},
    {"text/xml", ".xml"},
    {"video/mp4", ".mp4"},
    {"video/webm", ".webm"},
}};

}  // namespace

std::string base_name(std::string_view path) {
  const auto slash = path.find_last_of("/\\");
  auto name = std::string(slash == path.npos ? path : path.substr(slash + 1));
  std::erase(name, '\0');
  return name;
}

std::string extension_of(std::string_view name) {
  const auto base = name.substr(without_extension(name).size());
  return std::string(base);
}

std::string_view without_extension(std::string_view name) {
  const auto slash = name.rfind('/');
  const auto start = slash == name.npos ? 0 : slash + 1;
  const auto dot = name.rfind('.');
  return dot == name.npos || dot <= start ? name : name.substr(0, dot);
}

std::string title_of(std::string_view name) {
  auto words = words_of(to_lower_unicode(split_camel_case(name)));
  std::string title;
  for (std::size_t i = 0; i < words.size(); ++i) {
    auto& word = words[i];
    const auto fixed = fixed_spellings().find(word);
    if (fixed != fixed_spellings().end()) {
      word = fixed->second;
    } else if (i == 0 || i + 1 == words.size() || !is_small_word(word)) {
      word = capitalized(std::move(word));
    }
    if (i > 0) title += ' ';
    title += word;
  }
  return title;
}

std::string_view extension_for_type(std::string_view type) {
  for (const auto& known : known_types) {
    if (known.type == type) return known.extension;
  }
  return {};
}

std::string_view type_of_content(std::string_view bytes) {
  const auto has = [&](std::size_t at, std::string_view mark) {
    return bytes.size() >= at + mark.size() && bytes.substr(at, mark.size()) == mark;
  };
  if (has(0, "\x89PNG\r\n\x1A\n")) return "image/png";
  if (has(0, "\xFF\xD8\xFF")) return "image/jpeg";
  if (has(0, "GIF87a") || has(0, "GIF89a")) return "image/gif";
  if (has(0, "RIFF") && has(8, "WEBP")) return "image/webp";
  if (has(0, "RIFF") && has(8, "WAVE")) return "audio/wav";
  if (has(4, "ftypavif") || has(4, "ftypavis")) return "image/avif";
  if (has(4, "ftyphei")) return "image/heic";
  if (has(4, "ftyp")) return "video/mp4";
  if (has(0, std::string_view("II*\0", 4)) || has(0, std::string_view("MM\0*", 4))) return "image/tiff";
  if (has(0, "%PDF-")) return "application/pdf";
  if (has(0, "PK\x03\x04")) return "application/zip";
  if (has(0, "\x1F\x8B")) return "application/gzip";
  if (has(0, "OggS")) return "application/ogg";
  if (has(0, "ID3")) return "audio/mpeg";
  if (has(0, "\x1A\x45\xDF\xA3")) return "video/webm";
  if (!bytes.empty() && is_utf8(bytes) && bytes.find('\0') == bytes.npos) {
    const auto text = to_lower(trim(bytes.substr(0, 512)));
    if (text.starts_with("<svg") || (text.starts_with("<?xml") && text.find("<svg") != text.npos))
      return "image/svg+xml";
    if (text.starts_with("<!doctype html") || text.starts_with("<html")) return "text/html";
    return "text/plain";
  }
  return "application/octet-stream";
}

bool matches_type(std::string_view type, const std::vector<std::string>& patterns) {
  const std::string text(type);
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0; });
}

}  // namespace ashlar::system

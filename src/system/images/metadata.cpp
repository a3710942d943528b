#include "system/images/metadata.h"

#include <algorithm>
#include <exiv2/exiv2.hpp>
#include <mutex>

#include "base/json_writer.h"
#include "base/text.h"
#include "base/time.h"
#include "system/images/open.h"

namespace ashlar::system {
namespace {

std::uint32_t big_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// Text of people is UTF-8, or else taken for Latin 1.
std::string utf8_text(std::string_view bytes) {
  auto text = std::string(bytes.substr(0, bytes.find('\0')));
  if (!is_utf8(text)) {
    std::string converted;
    for (const char c : text) {
      const auto code = static_cast<unsigned char>(c);
      if (code < 0x80) {
        converted += c;
      } else {
        converted += static_cast<char>(0xC0 | (code >> 6));
        converted += static_cast<char>(0x80 | (code & 0x3F));
      }
    }
    text = std::move(converted);
  }
  return std::string(trim(text));
}

json::value buffer_value(const Exiv2::Exifdatum& datum) {
  std::string bytes(static_cast<std::size_t>(datum.size()), '\0');
  datum.copy(reinterpret_cast<Exiv2::byte*>(bytes.data()), Exiv2::bigEndian);
  json::array data;
  for (const char byte : bytes) data.emplace_back(static_cast<unsigned char>(byte));
  return json::object{{"type", "Buffer"}, {"data", std::move(data)}};
}

json::value number_at(const Exiv2::Exifdatum& datum, int index) {
  switch (datum.typeId()) {
    case Exiv2::unsignedRational:
    case Exiv2::signedRational: {
      const auto fraction = datum.toRational(index);
      if (fraction.second == 0) return nullptr;
      return static_cast<double>(fraction.first) / static_cast<double>(fraction.second);
    }
    case Exiv2::tiffFloat:
    case Exiv2::tiffDouble:
      return static_cast<double>(datum.toFloat(index));
    default:
      return static_cast<std::int64_t>(datum.toLong(index));
  }
}

// 2024:02:29 12:30:00
std::optional<std::string> date_text(std::string_view tag, const std::string& text) {
  if (!tag.starts_with("DateTime") || text.size() != 19 || text[4] != ':' || text[7] != ':') return std::nullopt;
  const auto parsed = parse_iso(text.substr(0, 4) + "-" + text.substr(5, 2) + "-" + text.substr(8));
  if (!parsed) return std::nullopt;
  return format_timestamp(parsed->moment());
}

json::value exif_value(const Exiv2::Exifdatum& datum) {
  if (datum.typeId() == Exiv2::asciiString) {
    auto text = utf8_text(datum.toString());
    if (auto date = date_text(datum.tagName(), text)) return json::value(*date);
    return json::value(std::move(text));
  }
  if (datum.typeId() == Exiv2::undefined || datum.typeId() == Exiv2::unsignedByte ||
      datum.typeId() == Exiv2::signedByte) {
    return buffer_value(datum);
  }
  if (datum.count() == 1) return number_at(datum, 0);
  json::array list;
  for (long i = 0; i < datum.count() && i < 1000; ++i) list.push_back(number_at(datum, static_cast<int>(i)));
  return list;
}

std::string_view exif_section_of(std::string_view group) {
  if (group == "Image") return "ifd0";
  if (group == "Thumbnail") return "ifd1";
  if (group == "Photo") return "exif";
  if (group == "GPSInfo") return "gps";
  if (group == "Iop") return "interop";
  return {};
}

std::string_view iptc_key(unsigned number) {
  switch (number) {
    case 15:
      return "category";
    case 25:
      return "keywords";
    case 55:
      return "dateCreated";
    case 80:
      return "byline";
    case 85:
      return "bylineTitle";
    case 105:
      return "headline";
    case 110:
      return "credit";
    case 116:
      return "copyright";
    case 120:
      return "caption";
    case 122:
      return "captionWriter";
    default:
      return {};
  }
}

void add_value(json::object& section, std::string_view key, json::value value) {
  auto* known = section.if_contains(key);
  if (known == nullptr) {
    section[key] = std::move(value);
  } else if (known->is_array()) {
    known->get_array().push_back(std::move(value));
  } else {
    *known = json::array{*known, std::move(value)};
  }
}

// The IPTC block inside of Photoshop's resources; the text itself where it is none of those.
std::string_view iptc_block(std::string_view bytes) {
  if (bytes.starts_with("Photoshop 3.0")) bytes.remove_prefix(14);
  if (!bytes.starts_with("8BIM")) return bytes;
  while (bytes.size() >= 12 && bytes.starts_with("8BIM")) {
    const auto kind = big_endian(bytes, 4, 2);
    const auto name = static_cast<unsigned char>(bytes[6]);
    const auto head = 6 + (static_cast<std::size_t>(name) + 2) / 2 * 2;  // the name with its length, padded to even
    if (bytes.size() < head + 4) return {};
    const auto size = big_endian(bytes, head, 4);
    const auto rest = bytes.substr(head + 4);
    if (kind == 0x0404) return rest.substr(0, size);
    if (rest.size() < size + (size & 1)) return {};
    bytes = rest.substr(size + (size & 1));
  }
  return {};
}

std::string_view named(std::string_view code,
                       std::initializer_list<std::pair<std::string_view, std::string_view>> all) {
  for (const auto& [known, name] : all) {
    if (known == code) return name;
  }
  return code;
}

// The text of a tag of a profile: the old form in ASCII, the new one in many languages.
std::optional<std::string> icc_text(std::string_view tag) {
  if (tag.starts_with("desc") && tag.size() > 12) {
    return utf8_text(tag.substr(12, big_endian(tag, 8, 4)));
  }
  if (tag.starts_with("text")) return utf8_text(tag.substr(std::min<std::size_t>(8, tag.size())));
  if (!tag.starts_with("mluc") || tag.size() < 28) return std::nullopt;
  const auto size = big_endian(tag, 20, 4), offset = big_endian(tag, 24, 4);
  if (offset > tag.size() || size > tag.size() - offset) return std::nullopt;
  std::string text;
  for (std::size_t i = offset; i + 1 < offset + size; i += 2) {  // UTF-16; what is no ASCII letter is rare in names
    const auto code = big_endian(tag, i, 2);
    if (code == 0) break;
    if (code < 0x80) {
      text += static_cast<char>(code);
    } else if (code < 0x800) {
      text += static_cast<char>(0xC0 | (code >> 6));
      text += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0xD800 || code > 0xDFFF) {
      text += static_cast<char>(0xE0 | (code >> 12));
      text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
      text += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
  return std::string(trim(text));
}

std::string_view icc_tag(std::string_view profile, std::string_view name) {
  const auto count = big_endian(profile, 128, 4);
  for (std::uint32_t i = 0; i < count && i < 200 && 132 + (i + 1) * 12 <= profile.size(); ++i) {
    const auto at = 132 + i * 12;
    if (profile.substr(at, 4) != name) continue;
    const auto offset = big_endian(profile, at + 4, 4), size = big_endian(profile, at + 8, 4);
    if (offset > profile.size() || size > profile.size() - offset) return {};
    return profile.substr(offset, size);
  }
  return {};
}

json::value plain_xmp(const Exiv2::Xmpdatum& datum) {
  if (datum.typeId() == Exiv2::langAlt) return json::value(utf8_text(datum.toString(0)));
  if (datum.count() <= 1) return json::value(utf8_text(datum.toString(0)));
  json::array list;
  for (long i = 0; i < datum.count() && i < 1000; ++i) list.emplace_back(utf8_text(datum.toString(i)));
  return list;
}

json::object keep_listed(json::object sections, const std::vector<std::string>& allowed) {
  const auto listed = [&](std::string_view name) {
    return std::find(allowed.begin(), allowed.end(), name) != allowed.end();
  };
  if (listed("*")) return sections;
  json::object kept;
  for (auto& section : sections) {
    if (listed(section.key())) {
      kept[section.key()] = std::move(section.value());
      continue;
    }
    json::object some;
    for (auto& member : section.value().as_object()) {
      const auto path = std::string(section.key()) + "." + std::string(member.key());
      if (listed(path)) some[member.key()] = std::move(member.value());
    }
    if (!some.empty()) kept[section.key()] = std::move(some);
  }
  return kept;
}

std::string_view block_of(const vips::VImage& image, const char* name) {
  if (image.get_typeof(name) == 0) return {};
  std::size_t size = 0;
  const auto* bytes = image.get_blob(name, &size);
  return {static_cast<const char*>(bytes), size};
}

std::optional<std::string> text_of(const json::object& section, std::string_view key) {
  const auto* value = section.if_contains(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_array() && !value->get_array().empty()) return to_text(value->get_array().front());
  return to_text(*value);
}

}  // namespace

json::object exif_sections(std::string_view block) {
  json::object sections;
  if (block.starts_with(std::string_view("Exif\0\0", 6))) block.remove_prefix(6);
  if (block.size() < 8) return sections;
  try {
    Exiv2::ExifData data;
    Exiv2::ExifParser::decode(data, reinterpret_cast<const Exiv2::byte*>(block.data()),
                              static_cast<std::uint32_t>(block.size()));
    for (const auto& datum : data) {
      const auto name = exif_section_of(datum.groupName());
      if (name.empty() || datum.tagName().starts_with("0x")) continue;
      auto& section = sections[name];
      if (!section.is_object()) section = json::object();
      section.get_object()[datum.tagName()] = exif_value(datum);
    }
  } catch (const std::exception&) {
    // A damaged block: what was read of it stays.
  }
  return sections;
}

json::object iptc_section(std::string_view bytes) {
  json::object section;
  auto block = iptc_block(bytes);
  while (block.size() >= 5 && block[0] == 0x1C) {
    const auto record = static_cast<unsigned char>(block[1]), number = static_cast<unsigned char>(block[2]);
    const auto size = big_endian(block, 3, 2);
    if ((size & 0x8000) != 0 || block.size() < 5 + size) break;  // longer ones hold no text
    const auto key = iptc_key(number);
    if (record == 2 && !key.empty()) add_value(section, key, json::value(utf8_text(block.substr(5, size))));
    block.remove_prefix(5 + size);
  }
  return section;
}

json::object icc_section(std::string_view profile) {
  json::object section;
  if (profile.size() < 132) return section;
  const auto code = [&](std::size_t at) { return profile.substr(at, 4); };
  const auto add = [&](std::string_view key, std::string_view text) {
    const auto value = utf8_text(text);
    if (!value.empty()) section[key] = value;
  };
  const auto minor = static_cast<unsigned char>(profile[9]) >> 4;
  section["version"] = std::to_string(static_cast<unsigned char>(profile[8])) + "." + std::to_string(minor);
  constexpr std::string_view intents[] = {"Perceptual", "Relative", "Saturation", "Absolute"};
  if (const auto intent = big_endian(profile, 64, 4); intent < 4) section["intent"] = intents[intent];
  add("cmm", code(4));
  add("deviceClass", named(code(12), {{"scnr", "Scanner"},
                                      {"mntr", "Monitor"},
                                      {"prtr", "Printer"},
                                      {"link", "Link"},
                                      {"abst", "Abstract"},
                                      {"spac", "Space"},
                                      {"nmcl", "Named color"}}));
  add("colorSpace", code(16));
  add("connectionSpace", code(20));
  add("platform", named(code(40), {{"APPL", "Apple"},
                                   {"ADBE", "Adobe"},
                                   {"MSFT", "Microsoft"},
                                   {"SUNW", "Sun Microsystems"},
                                   {"SGI ", "Silicon Graphics"},
                                   {"TGNT", "Taligent"}}));
  add("manufacturer", code(48));
  add("model", code(52));
  add("creator", code(80));
  if (const auto text = icc_text(icc_tag(profile, "desc"))) section["description"] = *text;
  if (const auto text = icc_text(icc_tag(profile, "cprt"))) section["copyright"] = *text;
  if (const auto point = icc_tag(profile, "wtpt"); point.size() >= 20) {
    json::array xyz;
    for (std::size_t i = 0; i < 3; ++i) {
      xyz.emplace_back(static_cast<double>(static_cast<std::int32_t>(big_endian(point, 8 + i * 4, 4))) / 65536.0);
    }
    section["whitepoint"] = std::move(xyz);
  }
  return section;
}

json::object xmp_section(std::string_view packet) {
  static std::mutex mutex;  // the toolkit below is not made for threads
  const std::lock_guard lock(mutex);
  json::object section;
  try {
    Exiv2::XmpData data;
    if (packet.size() > (std::size_t{1} << 20) || Exiv2::XmpParser::decode(data, std::string(packet)) != 0)
      return section;
    for (const auto* name : {"title", "description", "rights", "creator", "subject"}) {
      const auto found = data.findKey(Exiv2::XmpKey("dc", name));
      if (found != data.end()) section[name] = plain_xmp(*found);
    }
  } catch (const std::exception&) {
    // As above.
  }
  return section;
}

PictureFacts read_picture(const PictureBytes& picture, const PictureLimits& limits,
                          const std::vector<std::string>& allowed) {
  const auto image = open_picture(picture, limits, false);
  PictureFacts facts;
  facts.width = image.width();
  facts.height = image.get_typeof("page-height") != 0 ? image.get_int("page-height") : image.height();
  const auto orientation = image.get_typeof("orientation") != 0 ? image.get_int("orientation") : 1;
  if (orientation >= 5 && orientation <= 8) std::swap(facts.width, facts.height);
  auto sections = exif_sections(block_of(image, "exif-data"));
  auto iptc = iptc_section(block_of(image, "iptc-data"));
  facts.caption = text_of(iptc, "caption");
  facts.headline = text_of(iptc, "headline");
  if (const auto* keywords = iptc.if_contains("keywords")) facts.keywords = *keywords;
  const auto add = [&](std::string_view name, json::object section) {
    if (!section.empty()) sections[name] = std::move(section);
  };
  add("iptc", std::move(iptc));
  add("icc", icc_section(block_of(image, "icc-profile-data")));
  const auto xmp = block_of(image, "xmp-data");
  if (!xmp.empty()) add("xmp", xmp_section(xmp));
  facts.metadata = keep_listed(std::move(sections), allowed);
  return facts;
}

}  // namespace ashlar::system

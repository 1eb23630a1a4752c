#include "support/safetensors.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace bantam::test {
namespace {

// The JSON that these headers are made of: objects, lists, strings and whole numbers.
class Cursor {
 public:
  explicit Cursor(const std::string& text) : text_(text) {}

  // Whether the next character is `c`, which is then passed.
  bool skip(char c) {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void expect(char c) {
    if (!skip(c)) {
      throw std::runtime_error("JSON: expected '" + std::string(1, c) + "' at character " +
                               std::to_string(at_));
    }
  }

  std::string string() {
    expect('"');
    std::string out;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\') ++at_;  // only \" and \\ occur
      out += text_.at(at_++);
    }
    expect('"');
    return out;
  }

  std::int64_t number() {
    std::size_t length = 0;
    const std::int64_t value = std::stoll(text_.substr(at_, 24), &length);
    at_ += length;
    return value;
  }

  std::vector<std::int64_t> numbers() {
    std::vector<std::int64_t> out;
    expect('[');
    while (!skip(']')) {
      out.push_back(number());
      skip(',');
    }
    return out;
  }

 private:
  const std::string& text_;
  std::size_t at_ = 0;
};

Safetensors::Entry parse_entry(Cursor& cursor) {
  Safetensors::Entry entry;
  cursor.expect('{');
  while (!cursor.skip('}')) {
    const std::string key = cursor.string();
    cursor.expect(':');
    if (key == "dtype") {
      entry.dtype = cursor.string();
    } else if (key == "shape") {
      entry.shape = cursor.numbers();
    } else {
      const std::vector<std::int64_t> offsets = cursor.numbers();
      entry.begin = static_cast<std::size_t>(offsets.at(0));
      entry.end = static_cast<std::size_t>(offsets.at(1));
    }
    cursor.skip(',');
  }
  return entry;
}

std::map<std::string, std::string> parse_metadata(Cursor& cursor) {
  std::map<std::string, std::string> out;
  cursor.expect('{');
  while (!cursor.skip('}')) {
    std::string key = cursor.string();
    cursor.expect(':');
    out.emplace(std::move(key), cursor.string());
    cursor.skip(',');
  }
  return out;
}

template <typename Stored, typename Value>
std::vector<Value> read_numbers(std::span<const std::byte> bytes) {
  std::vector<Value> out(bytes.size() / sizeof(Stored));
  for (std::size_t i = 0; i < out.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, bytes.data() + i * sizeof stored, sizeof stored);
    out[i] = static_cast<Value>(stored);
  }
  return out;
}

}  // namespace

Safetensors::Safetensors(const std::filesystem::path& path) : path_(path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path.string());
  std::uint64_t header_bytes = 0;
  file.read(reinterpret_cast<char*>(&header_bytes), sizeof header_bytes);
  std::string header(header_bytes, '\0');
  file.read(header.data(), static_cast<std::streamsize>(header_bytes));
  const std::string rest{std::istreambuf_iterator<char>(file), {}};
  const auto raw = std::as_bytes(std::span(rest));
  data_.assign(raw.begin(), raw.end());

  Cursor cursor(header);
  cursor.expect('{');
  while (!cursor.skip('}')) {
    std::string name = cursor.string();
    cursor.expect(':');
    if (name == "__metadata__") {
      metadata_ = parse_metadata(cursor);
    } else {
      entries_.emplace(std::move(name), parse_entry(cursor));
    }
    cursor.skip(',');
  }
}

const Safetensors::Entry& Safetensors::entry(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) throw std::runtime_error(path_.string() + ": no tensor " + name);
  return found->second;
}

std::span<const std::byte> Safetensors::bytes(const std::string& name) const {
  const Entry& found = entry(name);
  if (found.begin > found.end || found.end > data_.size()) {
    throw std::runtime_error(path_.string() + ": " + name + " is cut off");
  }
  return std::span(data_).subspan(found.begin, found.end - found.begin);
}

std::vector<float> Safetensors::floats(const std::string& name) const {
  if (entry(name).dtype != "F32")
    throw std::runtime_error(path_.string() + ": " + name + " is not F32");
  return read_numbers<float, float>(bytes(name));
}

std::vector<std::int64_t> Safetensors::integers(const std::string& name) const {
  const std::string& dtype = entry(name).dtype;
  if (dtype == "I64") return read_numbers<std::int64_t, std::int64_t>(bytes(name));
  if (dtype == "I32") return read_numbers<std::int32_t, std::int64_t>(bytes(name));
  throw std::runtime_error(path_.string() + ": " + name + " is neither I64 nor I32");
}

std::vector<std::string> parse_string_list(const std::string& json) {
  std::vector<std::string> out;
  Cursor cursor(json);
  cursor.expect('[');
  while (!cursor.skip(']')) {
    out.push_back(cursor.string());
    cursor.skip(',');
  }
  return out;
}

}  // namespace bantam::test

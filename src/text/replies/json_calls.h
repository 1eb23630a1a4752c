// Calls written as JSON: the form that most dialects share.
#pragma once

#include <optional>

#include "text/replies/block_reader.h"
#include "text/replies/json_scanner.h"

namespace bantam::replies {

// How a dialect spells calls in JSON.
struct JsonForm {
  std::string_view name_key = "name";
  std::string_view arguments_key = "arguments";  // "parameters" or "arguments" is read as well
  bool name_is_key = false;                      // {"NAME": {arguments}} instead of the two keys
  // There is no marker: an object whose first key is another is refused at once.
  bool is_bare = false;
};

// Whether `text` is one whole JSON value, maybe with white space around it.
bool is_json(std::string_view text);
// A JSON text of a string.
std::string json_string(std::string_view text);

// The calls that `json` spells, an object or a list of objects; nothing if it is none, or names a
// tool that is not there.
std::optional<std::vector<ReadCall>> calls_of_json(std::string_view json, const JsonForm& form,
                                                   std::span<const Tool> tools);
// The arguments of a call: an object, or JSON of one in a string; nothing for anything else.
std::optional<std::string> arguments_of_json(std::string_view json);

// The marker, white space, and the JSON. Without a marker, only an object.
class JsonCallReader : public BlockReader {
 public:
  JsonCallReader(std::string_view marker, std::span<const Tool> tools, JsonForm form);
  BlockProgress read(std::string_view text, bool is_last) override;

 private:
  bool may_be_call(std::string_view json) const;

  std::span<const Tool> tools_;
  JsonForm form_;
  std::size_t begin_;  // of the JSON
  JsonScanner scanner_;
};

}  // namespace bantam::replies

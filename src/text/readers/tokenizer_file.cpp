#include "text/readers/tokenizer_file.h"

#include "base/error.h"
#include "base/format.h"
#include "text/json_reader.h"
#include "text/tokenizer_parts.h"

namespace bantam::text {
namespace {

using Kind = JsonReader::Kind;

bool read_flag(JsonReader& reader, std::string_view field) {
  const std::string_view text = reader.raw(field);
  if (text == "null" || text == "false") return false;
  if (text != "true") reader.fail(field, bantam::quoted(text, 20), "true or false");
  return true;
}

TokenId read_id(JsonReader& reader, std::string_view field) {
  const std::int64_t id = reader.integer(field);
  if (id < 0 || id >= static_cast<std::int64_t>(limits::kTokenizerItemsMax)) {
    reader.fail(field, format("{}", id),
                format("an id from 0 to {}", limits::kTokenizerItemsMax - 1));
  }
  return static_cast<TokenId>(id);
}

// A string, or nothing for null.
std::optional<std::string> read_text(JsonReader& reader, std::string_view field) {
  if (reader.peek(field) == Kind::Null) {
    reader.raw(field);
    return std::nullopt;
  }
  return std::string(reader.string(field));
}

void check_count(const JsonReader& reader, std::string_view field, std::size_t count) {
  if (count > limits::kTokenizerItemsMax)
    reader.fail(field, "more entries", format("at most {}", limits::kTokenizerItemsMax));
}

class FileReader {
 public:
  FileReader(std::string_view json, std::string_view file) : reader_(json, file), file_(file) {}

  TokenizerFile read() {
    bool model_seen = false;
    reader_.object("tokenizer.json", [&](const std::string& key) {
      if (key == "model") {
        if (model_seen) reader_.fail("model", "a second one", "one model");
        model_seen = true;
        read_model();
      } else if (key == "added_tokens") {
        read_added_tokens();
      } else if (key == "normalizer") {
        result_.normalizer = read_tree(key);
      } else if (key == "pre_tokenizer") {
        result_.pretokenizer = read_tree(key);
      } else if (key == "post_processor") {
        result_.post_processor = read_tree(key);
      } else if (key == "decoder") {
        result_.decoder = read_tree(key);
      } else {
        reader_.raw(key);
      }
    });
    reader_.finish();
    if (!model_seen) reader_.fail("model", "none", "a tokenizer.json with a model");
    guess_type();
    return std::move(result_);
  }

 private:
  nlohmann::json read_tree(std::string_view field) {
    const std::string_view text = reader_.raw(field);
    nlohmann::json tree = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (tree.is_discarded()) reader_.fail(field, "text that is no JSON", "JSON");
    return tree;
  }

  void read_added_tokens() {
    if (reader_.peek("added_tokens") == Kind::Null) {
      reader_.raw("added_tokens");
      return;
    }
    reader_.array("added_tokens", [&] {
      check_count(reader_, "added_tokens", result_.added.size() + 1);
      result_.added.push_back(read_added_token(reader_, std::nullopt));
    });
  }

  void read_model() {
    ModelSection& model = result_.model;
    reader_.object("model", [&](const std::string& key) {
      if (key == "type") {
        model.type = read_text(reader_, "model.type").value_or("");
      } else if (key == "vocab") {
        read_vocabulary();
      } else if (key == "merges") {
        read_merges();
      } else if (key == "unk_token") {
        model.unknown_piece = read_text(reader_, "model.unk_token");
      } else if (key == "unk_id") {
        if (reader_.peek(key) == Kind::Null) {
          reader_.raw(key);
        } else {
          model.unknown_id = read_id(reader_, "model.unk_id");
        }
      } else if (key == "continuing_subword_prefix") {
        model.continuing_prefix =
            read_text(reader_, "model.continuing_subword_prefix").value_or("");
      } else if (key == "end_of_word_suffix") {
        model.end_suffix = read_text(reader_, "model.end_of_word_suffix").value_or("");
      } else if (key == "fuse_unk") {
        model.fuse_unknown = read_flag(reader_, "model.fuse_unk");
      } else if (key == "byte_fallback") {
        model.byte_fallback = read_flag(reader_, "model.byte_fallback");
      } else if (key == "ignore_merges") {
        model.ignore_merges = read_flag(reader_, "model.ignore_merges");
      } else if (key == "max_input_chars_per_word") {
        const std::int64_t count = reader_.integer("model.max_input_chars_per_word");
        if (count < 0)
          reader_.fail("model.max_input_chars_per_word", format("{}", count), "0 or more");
        model.word_characters_max = static_cast<std::size_t>(count);
      } else {
        reader_.raw(key);
      }
    });
  }

  // {"piece": id, …}, or [["piece", score], …] of Unigram.
  void read_vocabulary() {
    ModelSection& model = result_.model;
    if (!model.ids.empty()) reader_.fail("model.vocab", "a second one", "one vocabulary");
    if (reader_.peek("model.vocab") == Kind::Object) {
      reader_.object("model.vocab", [&](const std::string& piece) {
        check_count(reader_, "model.vocab", model.ids.size() + 1);
        model.vocabulary.push_back(piece);
        model.ids.push_back(read_id(reader_, "model.vocab"));
      });
      return;
    }
    reader_.array("model.vocab", [&] {
      check_count(reader_, "model.vocab", model.ids.size() + 1);
      std::size_t part = 0;
      reader_.array("model.vocab", [&] {
        if (part == 0) {
          model.vocabulary.push_back(reader_.string("model.vocab"));
        } else if (part == 1) {
          model.scores.push_back(reader_.number("model.vocab"));
        }
        ++part;
      });
      if (part != 2) reader_.fail("model.vocab", format("an entry of {}", part), "[piece, score]");
      model.ids.push_back(static_cast<TokenId>(model.ids.size()));
    });
  }

  // "left right" or ["left", "right"].
  void read_merges() {
    TextTable& merges = result_.model.merges;
    if (merges.size() > 0) reader_.fail("model.merges", "a second list", "one");
    reader_.array("model.merges", [&] {
      check_count(reader_, "model.merges", merges.size() / 2 + 1);
      if (reader_.peek("model.merges") == Kind::String) {
        const std::string_view pair = reader_.string("model.merges");
        const std::size_t blank = pair.find(' ');
        if (blank == pair.npos || pair.find(' ', blank + 1) != pair.npos) {
          reader_.fail("model.merges", bantam::quoted(pair),
                       "two tokens with one blank between them");
        }
        merges.push_back(pair.substr(0, blank));
        merges.push_back(pair.substr(blank + 1));
        return;
      }
      std::size_t part = 0;
      reader_.array("model.merges", [&] {
        merges.push_back(reader_.string("model.merges"));
        ++part;
      });
      if (part != 2) reader_.fail("model.merges", format("an entry of {}", part), "[left, right]");
    });
  }

  // Files of old versions do not name the type.
  void guess_type() {
    ModelSection& model = result_.model;
    if (!model.type.empty()) return;
    if (!model.scores.empty()) {
      model.type = "Unigram";
    } else {
      model.type = model.merges.size() > 0 ? "BPE" : "WordPiece";
    }
  }

  JsonReader reader_;
  std::string_view file_;
  TokenizerFile result_;
};

}  // namespace

AddedToken read_added_token(JsonReader& reader, std::optional<TokenId> id) {
  AddedToken token;
  bool normalized_seen = false;
  reader.object("added_tokens", [&](const std::string& key) {
    if (key == "id") {
      id = read_id(reader, "added_tokens.id");
    } else if (key == "content") {
      token.content = reader.string("added_tokens.content");
    } else if (key == "single_word") {
      token.single_word = read_flag(reader, "added_tokens.single_word");
    } else if (key == "lstrip") {
      token.left_strip = read_flag(reader, "added_tokens.lstrip");
    } else if (key == "rstrip") {
      token.right_strip = read_flag(reader, "added_tokens.rstrip");
    } else if (key == "normalized") {
      token.normalized = read_flag(reader, "added_tokens.normalized");
      normalized_seen = true;
    } else if (key == "special") {
      token.special = read_flag(reader, "added_tokens.special");
    } else {
      reader.raw(key);
    }
  });
  if (!id) reader.fail("added_tokens", "an entry without id", "an id");
  if (token.content.size() > limits::kAddedTokenBytesMax) {
    reader.fail("added_tokens.content", format("{} bytes", token.content.size()),
                format("at most {}", limits::kAddedTokenBytesMax));
  }
  if (!normalized_seen) token.normalized = !token.special;
  token.id = *id;
  return token;
}

TokenizerFile read_tokenizer_file(std::string_view json, std::string_view file) {
  if (json.size() > limits::kTokenizerJsonBytesMax) {
    throw_bad_file({file, 0, "tokenizer.json", format("{} bytes", json.size()),
                    format("at most {}", limits::kTokenizerJsonBytesMax)});
  }
  return FileReader(json, file).read();
}

}  // namespace bantam::text

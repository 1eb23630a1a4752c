#include "text/readers/sentencepiece_model.h"

#include <bit>

#include "base/byte_view.h"
#include "base/error.h"
#include "base/format.h"

namespace bantam::text {
namespace {

// Wire format of protocol buffers: a field is a varint key (number * 8 + type) and a value.
enum class Wire { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

struct Field {
  std::uint64_t number = 0;
  Wire wire = Wire::Varint;
  std::uint64_t value = 0;   // of Varint, Fixed32 and Fixed64
  std::string_view bytes;    // of Bytes
  std::uint64_t offset = 0;  // of the bytes in the file
};

// Reads the fields of one message; `base` is where the message begins in the file.
class MessageReader {
 public:
  MessageReader(std::string_view file, std::span<const std::byte> bytes, std::uint64_t base)
      : view_(file, bytes), base_(base) {}

  bool at_end() const { return view_.remaining() == 0; }

  Field next() {
    Field field;
    const std::uint64_t key = varint("key");
    field.number = key >> 3;
    field.wire = static_cast<Wire>(key & 7);
    switch (field.wire) {
      case Wire::Varint:
        field.value = varint("varint");
        return field;
      case Wire::Fixed64:
        field.value = view_.take<std::uint64_t>("fixed64");
        return field;
      case Wire::Fixed32:
        field.value = view_.take<std::uint32_t>("fixed32");
        return field;
      case Wire::Bytes: {
        const std::uint64_t length = varint("length");
        field.offset = base_ + view_.offset();
        field.bytes = view_.take_text(length, "length-delimited field");
        return field;
      }
    }
    view_.fail("wire type", format("{}", key & 7), "0, 1, 2 or 5; is this a SentencePiece model?");
  }

 private:
  std::uint64_t varint(std::string_view name) {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = view_.take<std::uint8_t>(name);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (!(byte & 0x80)) return value;
    }
    view_.fail(name, "more than ten bytes", "a varint of at most ten");
  }

  ByteView view_;
  std::uint64_t base_;
};

class ModelReader {
 public:
  explicit ModelReader(std::string_view file) : file_(file) {}

  // message ModelProto
  SentencePieceModel read(std::span<const std::byte> bytes) {
    MessageReader reader(file_, bytes, 0);
    while (!reader.at_end()) {
      const Field field = reader.next();
      if (field.wire != Wire::Bytes) continue;
      if (field.number == 1) read_piece(field);
      if (field.number == 2) read_trainer(field);
      if (field.number == 3) read_normalizer(field);
    }
    if (model_.kinds.empty()) {
      throw_bad_file({file_, 0, "pieces", "none", "a SentencePiece model with at least one piece"});
    }
    return std::move(model_);
  }

 private:
  MessageReader reader_of(const Field& message) const {
    return MessageReader(file_, std::as_bytes(std::span(message.bytes)), message.offset);
  }
  [[noreturn]] void fail(const Field& at, std::string_view field, std::string found,
                         std::string expected) const {
    throw_bad_file({file_, at.offset, field, std::move(found), std::move(expected)});
  }

  // message SentencePiece { piece = 1; score = 2; type = 3 }
  void read_piece(const Field& message) {
    std::string_view piece;
    float score = 0;
    std::uint64_t type = 1;
    for (MessageReader reader = reader_of(message); !reader.at_end();) {
      const Field field = reader.next();
      if (field.number == 1 && field.wire == Wire::Bytes) piece = field.bytes;
      if (field.number == 2 && field.wire == Wire::Fixed32) {
        score = std::bit_cast<float>(static_cast<std::uint32_t>(field.value));
      }
      if (field.number == 3 && field.wire == Wire::Varint) type = field.value;
    }
    if (type < 1 || type > 6) fail(message, "piece type", format("{}", type), "1 to 6");
    if (!(score >= -1e30f && score <= 1e30f))
      fail(message, "score", "no finite number", "a finite number");
    if (model_.kinds.size() == limits::kTokenizerItemsMax) {
      fail(message, "pieces", "more", format("at most {}", limits::kTokenizerItemsMax));
    }
    model_.pieces.push_back(piece);
    model_.scores.push_back(score);
    model_.kinds.push_back(static_cast<TokenKind>(type));
  }

  static std::optional<TokenId> read_id(std::uint64_t value) {
    const auto id = static_cast<std::int32_t>(value);  // negative: no such token
    return id < 0 ? std::nullopt : std::optional<TokenId>(id);
  }

  // message TrainerSpec
  void read_trainer(const Field& message) {
    model_.unknown = 0, model_.bos = 1, model_.eos = 2;  // the defaults of the format
    for (MessageReader reader = reader_of(message); !reader.at_end();) {
      const Field field = reader.next();
      if (field.wire == Wire::Bytes) {
        if (field.number == 44) model_.unknown_surface = std::string(field.bytes);
        continue;
      }
      if (field.number == 3) {
        if (field.value < 1 || field.value > 4) {
          fail(message, "model_type", format("{}", field.value), "1 to 4");
        }
        model_.type = static_cast<SentencePieceModel::Type>(field.value);
      }
      if (field.number == 24) model_.whitespace_as_suffix = field.value != 0;
      if (field.number == 35) model_.byte_fallback = field.value != 0;
      if (field.number == 40) model_.unknown = read_id(field.value);
      if (field.number == 41) model_.bos = read_id(field.value);
      if (field.number == 42) model_.eos = read_id(field.value);
      if (field.number == 43) model_.pad = read_id(field.value);
    }
  }

  // message NormalizerSpec
  void read_normalizer(const Field& message) {
    for (MessageReader reader = reader_of(message); !reader.at_end();) {
      const Field field = reader.next();
      if (field.number == 2 && field.wire == Wire::Bytes && !field.bytes.empty()) {
        model_.rules = std::make_shared<const Charsmap>(
            field.bytes, format("{}: byte {}: precompiled_charsmap", file_, field.offset));
      }
      if (field.number == 3) model_.add_dummy_prefix = field.value != 0;
      if (field.number == 4) model_.remove_extra_whitespaces = field.value != 0;
      if (field.number == 5) model_.escape_whitespaces = field.value != 0;
    }
  }

  std::string_view file_;
  SentencePieceModel model_;
};

}  // namespace

SentencePieceModel read_sentencepiece_model(std::span<const std::byte> bytes,
                                            std::string_view file) {
  if (bytes.size() > limits::kTokenizerJsonBytesMax) {
    throw_bad_file({file, 0, "SentencePiece model", format("{} bytes", bytes.size()),
                    format("at most {}", limits::kTokenizerJsonBytesMax)});
  }
  return ModelReader(file).read(bytes);
}

}  // namespace bantam::text

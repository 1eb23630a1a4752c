// How a family's models are written as GGUF files, and such files as folders: what its files do
// otherwise than those of other families. Facts about GGUF are those of llama.cpp's converter.
#pragma once

#include <span>
#include <string_view>

#include "formats/gguf_format.h"
#include "model/conversion/key_writer.h"
#include "model/hyper_parameters.h"
#include "model/model_spec.h"
#include "model/tensor_names.h"

namespace bantam::model {

// A key that config.json and GGUF files share, with the type that GGUF gives it. Of "a|b" the first
// is what a new config.json says. Without a Hugging Face name: GGUF files of the family lack it.
struct SharedKey {
  Key key;
  formats::GgufType type = formats::GgufType::U32;
};

// A number of config.json by which GGUF files have a weight multiplied.
struct FoldedFactor {
  Role role;
  std::string_view name;  // a number, or a list
  int index = -1;  // in the list; -1: of a list each part of a state space's input has its own
};

// A token that GGUF files name where tokenizer_config.json does not.
struct NamedToken {
  std::string_view key;   // "eot" of tokenizer.ggml.eot_token_id
  std::string_view text;  // of the token; nothing is written where there is none
  std::string_view id;    // or the key of config.json that has its id, which goes before all others
};

// A key that llama.cpp's converter does not write and other readers do not know.
struct OwnKey {
  std::string_view gguf;
  std::string_view folder;   // the key of config.json that it states
  std::string_view assumed;  // what other readers take
};

struct GgufForm {
  std::string_view architecture = {};
  std::string_view model_type = {};  // of folders; empty: of all, and none is made of a GGUF file
  std::string_view class_name = {};  // its only entry of "architectures"
  // The rows of query and key in the order in which neighbours rotate together.
  bool permutes_heads = false;
  // Folders keep gate and up of dense networks in one matrix, GGUF files of the family do not.
  bool splits_gate_up = false;
  ExpertLayout experts = ExpertLayout::Separate;  // of folders
  // GGUF files have the matrices of latent keys and values apart.
  bool splits_latent = false;
  std::span<const FoldedFactor> factors = {};
  // Of its own, before the common ones of conversion/metadata.cpp.
  std::span<const SharedKey> keys = {};
  std::span<const OwnKey> own_keys = {};  // what `add` writes of such
  // Names for tokenizer.ggml.pre where several mean the same, the usual one first: "a|b".
  std::string_view splits = {};
  // What tokenizer.ggml.model calls a tokenizer.json of merged characters with bytes, where files
  // of the family hold it as it is and not as SentencePiece's pieces.
  std::string_view merged_characters = {};
  bool states_space_prefix = false;  // tokenizer_config.json's add_prefix_space goes into the file
  // Tokens that tokenizer.json adds are control or user-defined ones even where tokenizer.model has
  // them.
  bool marks_added_tokens = false;
  std::span<const NamedToken> tokens = {};
  // New folders have rope_parameters, as Transformers 5 writes, in the place of rope_theta and
  // rope_scaling: there are no older ones of the family.
  bool has_rope_parameters = false;
  // Keys that are no copies. `out` writes behind the architecture; it has the common keys already.
  void (*add)(const HyperParameters& folder, const ModelSpec&, KeyWriter& out) = nullptr;
  // The other way; what it writes is not written by the common rules.
  void (*restore)(const HyperParameters& gguf, const ModelSpec&, KeyWriter& out) = nullptr;
  // Which folders of the model type become such files; null: all.
  bool (*fits)(const HyperParameters& folder) = nullptr;
  // Which GGUF files become folders of this family where several share the architecture; null: any
  // that no other family claims.
  bool (*claims)(const HyperParameters& gguf) = nullptr;
};

// Whether the family has a row of its own for a key, so that the common one does not count; and
// whether that row says that its GGUF files lack the key.
bool has_own_key(const GgufForm& form, std::string_view gguf);
bool lacks_key(const GgufForm& form, std::string_view gguf);

}  // namespace bantam::model

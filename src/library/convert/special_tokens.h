// Which tokens begin, end and pad a text, as the files of a folder say it; internal to conversion.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "formats/metadata.h"
#include "model/conversion/key_writer.h"

namespace bantam::library {

// Sets the *_token_id and add_*_token keys of tokenizer.ggml. `ids` has the id of every token that
// a text names. `tokenizer_config` and `post_processor` (of tokenizer.json) may be null;
// config.json tells the ids that they do not.
void add_special_tokens(const nlohmann::json& tokenizer_config,
                        const nlohmann::json& post_processor, const formats::Metadata& config,
                        const std::map<std::string, std::int64_t, std::less<>>& ids,
                        model::KeyWriter& out);

}  // namespace bantam::library

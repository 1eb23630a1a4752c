// From messages to the tokens of a prompt.
#pragma once

#include <string>
#include <vector>

#include "library/loaded_model.h"
#include "text/rendered_prompt.h"

namespace bantam::library {

// Encodes a rendered chat: control tokens are recognised only in the template's own text, and a
// begin-of-sequence token is put in front where the tokenizer adds one and the template did not.
std::vector<text::TokenId> encode_chat(const text::Tokenizer& tokenizer,
                                       const text::RenderedPrompt& prompt);

// What templates that ask for the date are told: now, on the wall clock of this machine.
jinja::CalendarTime local_time();

}  // namespace bantam::library

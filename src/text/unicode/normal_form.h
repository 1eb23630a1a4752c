// Unicode normal forms (UAX 15) in linear time, and the case mapping that normalizers use. Any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace bantam::text {

enum class NormalForm { Nfc, Nfd, Nfkc, Nfkd };

// The valid UTF-8 text in that form. Runs of combining marks of any length take linear time.
std::string normalize(std::string_view text, NormalForm form);

// Lower case of each character by itself (no final sigma), as Unicode's unconditional full mapping.
std::string lowercase(std::string_view text);

}  // namespace bantam::text

#include "text/unicode/normal_form.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <vector>

#include "base/utf8.h"
#include "text/unicode/char_class.h"

namespace bantam::text {
namespace {

// Below this no character is changed by NFC or combines with the one before it.
constexpr char32_t kFirstCombining = 0x300;

bool decomposes(char32_t c, bool compatibility) {
  if (c < 0x80) return false;
  if (c >= 0xAC00 && c <= 0xD7A3) return true;
  const utf8proc_property_t* property = utf8proc_get_property(static_cast<utf8proc_int32_t>(c));
  return property->decomp_seqindex != UINT16_MAX && (compatibility || property->decomp_type == 0);
}

bool may_combine(char32_t c, const CharClassTable& classes) {
  return c >= kFirstCombining && ((classes[c] & kMark) || (c >= 0x1160 && c <= 0x11FF));
}

// True where nothing before `c` can interact with it: neither it nor what it decomposes to begins
// with a mark, or a Hangul vowel or final.
bool starts_chunk(char32_t c, bool compatibility, const CharClassTable& classes) {
  if (may_combine(c, classes)) return false;
  if (!compatibility || !decomposes(c, true)) return true;
  utf8proc_int32_t parts[32];
  int last_class = 0;
  const auto count = utf8proc_decompose_char(
      static_cast<utf8proc_int32_t>(c), parts, std::size(parts),
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT),
      &last_class);
  return count <= 0 || !may_combine(static_cast<char32_t>(parts[0]), classes);
}

std::size_t combining_class(utf8proc_int32_t c) {
  return static_cast<std::size_t>(utf8proc_get_property(c)->combining_class) & 0xFF;
}

class ChunkNormalizer {
 public:
  explicit ChunkNormalizer(NormalForm form)
      : compose_(form == NormalForm::Nfc || form == NormalForm::Nfkc),
        compatibility_(form == NormalForm::Nfkc || form == NormalForm::Nfkd) {}

  bool compatibility() const { return compatibility_; }
  bool composes() const { return compose_; }

  void append(std::string_view chunk, std::string& out) {
    decomposed_.clear();
    const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE |
                                                        (compatibility_ ? UTF8PROC_COMPAT : 0));
    for (std::size_t i = 0; i < chunk.size();) {
      const CodePoint read = read_valid_utf8(chunk.data() + i);
      i += read.length;
      utf8proc_int32_t parts[32];
      int last_class = 0;
      const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(read.value), parts,
                                                 std::size(parts), options, &last_class);
      decomposed_.insert(decomposed_.end(), parts, parts + std::max<utf8proc_ssize_t>(count, 0));
    }
    order_marks();
    auto length = static_cast<utf8proc_ssize_t>(decomposed_.size());
    if (compose_) {
      length = utf8proc_normalize_utf32(
          decomposed_.data(), length,
          static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    }
    for (utf8proc_ssize_t i = 0; i < length; ++i) {
      append_utf8(out, static_cast<char32_t>(decomposed_[static_cast<std::size_t>(i)]));
    }
  }

 private:
  // Stable: marks of one class keep their order. Counts classes, so that a run takes linear time.
  void sort_by_class(std::span<utf8proc_int32_t> marks) {
    if (marks.size() < 2) return;
    std::array<std::size_t, 256> places{};
    for (const utf8proc_int32_t mark : marks) ++places[combining_class(mark)];
    std::exclusive_scan(places.begin(), places.end(), places.begin(), std::size_t{0});
    sorted_.resize(marks.size());
    for (const utf8proc_int32_t mark : marks) sorted_[places[combining_class(mark)]++] = mark;
    std::copy(sorted_.begin(), sorted_.end(), marks.begin());
  }

  // Canonical order: a stable sort of each run of marks. utf8proc's own takes quadratic time.
  void order_marks() {
    auto begin = decomposed_.begin();
    while (begin != decomposed_.end()) {
      if (combining_class(*begin) == 0) {
        ++begin;
        continue;
      }
      const auto end = std::find_if(begin, decomposed_.end(),
                                    [](utf8proc_int32_t c) { return combining_class(c) == 0; });
      sort_by_class({begin, end});
      begin = end;
    }
  }

  bool compose_, compatibility_;
  std::vector<utf8proc_int32_t> decomposed_, sorted_;
};

}  // namespace

std::string normalize(std::string_view text, NormalForm form) {
  const CharClassTable& classes = char_classes();
  ChunkNormalizer chunks(form);
  std::string out;
  out.reserve(text.size());
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {
    const CodePoint first = read_valid_utf8(p);
    const char* q = p + first.length;
    while (q < end && !starts_chunk(read_valid_utf8(q).value, chunks.compatibility(), classes)) {
      q += read_valid_utf8(q).length;
    }
    const bool alone = q == p + static_cast<std::ptrdiff_t>(first.length);
    const bool plain =
        chunks.composes() && !chunks.compatibility() && first.value < kFirstCombining;
    if (alone && (plain || !decomposes(first.value, chunks.compatibility()))) {
      out.append(p, q);
    } else {
      chunks.append({p, static_cast<std::size_t>(q - p)}, out);
    }
    p = q;
  }
  return out;
}

std::string lowercase(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint read = read_valid_utf8(text.data() + i);
    i += read.length;
    if (read.value == 0x130) {  // the only letter whose lower case is two code points
      out += "i\xCC\x87";
    } else {
      append_utf8(
          out, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(read.value))));
    }
  }
  return out;
}

}  // namespace bantam::text

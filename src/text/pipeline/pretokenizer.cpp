#include "text/pipeline/pretokenizer.h"

#include <algorithm>

#include "base/utf8.h"
#include "text/pipeline/token_decoder.h"
#include "text/unicode/char_class.h"

namespace bantam::text {
namespace {

// A part of a piece: a match of the rule, or what lies between matches.
struct Part {
  Span span;
  bool is_match = false;
};

std::uint32_t place(std::size_t i) { return static_cast<std::uint32_t>(i); }

// Joins or drops parts as the behavior says; see Split in the documentation of `tokenizers`.
void apply_behavior(SplitBehavior behavior, std::vector<Part>& parts, std::vector<Span>& out) {
  const auto put = [&out](Span span) {
    if (span.begin < span.end) out.push_back(span);
  };
  const std::size_t before = out.size();
  bool previous_match = false;
  switch (behavior) {
    case SplitBehavior::Isolated:
      for (const Part& part : parts) put(part.span);
      return;
    case SplitBehavior::Removed:
      for (const Part& part : parts) {
        if (!part.is_match) put(part.span);
      }
      return;
    case SplitBehavior::Contiguous:
      for (const Part& part : parts) {
        if (part.is_match == previous_match && out.size() > before) {
          out.back().end = part.span.end;
        } else {
          put(part.span);
        }
        previous_match = part.is_match;
      }
      return;
    case SplitBehavior::MergedWithPrevious:
      for (const Part& part : parts) {
        if (part.is_match && !previous_match && out.size() > before) {
          out.back().end = part.span.end;
        } else {
          put(part.span);
        }
        previous_match = part.is_match;
      }
      return;
    case SplitBehavior::MergedWithNext:
      for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        if (part->is_match && !previous_match && out.size() > before) {
          out.back().begin = part->span.begin;
        } else {
          put(part->span);
        }
        previous_match = part->is_match;
      }
      std::reverse(out.begin() + static_cast<std::ptrdiff_t>(before), out.end());
      return;
  }
}

CharClass class_bits(ClassSplit::Kind kind) {
  switch (kind) {
    case ClassSplit::Kind::Number:
      return kNumber;
    case ClassSplit::Kind::WhiteSpace:
      return kSpace;
    case ClassSplit::Kind::Punctuation:
      return kPunctuation;
    case ClassSplit::Kind::Word:
      return kWord;
  }
  return 0;
}

// Applies one splitting step to every piece.
class Splitter {
 public:
  Splitter(std::string_view text, std::vector<Span>& out) : text_(text), out_(out) {}

  void split(const ClassSplit& step, Span piece) {
    const CharClassTable& classes = char_classes();
    const CharClass bits = class_bits(step.kind);
    const bool ascii_symbols = bits == kPunctuation;  // $+<=>^`|~ count as punctuation here
    parts_.clear();
    std::uint32_t gap = piece.begin;
    for (std::uint32_t at = piece.begin; at < piece.end;) {
      const CodePoint read = read_valid_utf8(text_.data() + at);
      const CharClass is = classes[read.value];
      const std::uint32_t next = at + place(read.length);
      if ((is & bits) || (ascii_symbols && read.value < 0x80 && (is & kSymbol))) {
        if (gap < at) parts_.push_back({{gap, at}, false});
        parts_.push_back({{at, next}, true});
        gap = next;
      }
      at = next;
    }
    if (gap < piece.end) parts_.push_back({{gap, piece.end}, false});
    apply_behavior(step.behavior, parts_, out_);
  }

  void split(const PatternSplit& step, Span piece) {
    if (step.scanner != nullptr && step.behavior == SplitBehavior::Isolated) {
      step.scanner(text_, piece, out_);
      return;
    }
    parts_.clear();
    std::uint32_t gap = piece.begin;
    const auto match = [&](std::uint32_t begin, std::uint32_t end) {
      if (gap < begin) parts_.push_back({{gap, begin}, step.invert});
      parts_.push_back({{begin, end}, !step.invert});
      gap = end;
    };
    const std::string_view text = text_.substr(piece.begin, piece.end - piece.begin);
    if (step.regex != nullptr) {
      Regex::Search search(*step.regex, text);
      while (const auto found = search.next()) {
        match(piece.begin + place(found->begin), piece.begin + place(found->end));
      }
    } else {
      const std::size_t length = step.literal.size();
      for (std::size_t at = text.find(step.literal); at != text.npos;
           at = text.find(step.literal, at + length)) {
        match(piece.begin + place(at), piece.begin + place(at + length));
      }
    }
    if (gap < piece.end) parts_.push_back({{gap, piece.end}, step.invert});
    apply_behavior(step.behavior, parts_, out_);
  }

 private:
  std::string_view text_;
  std::vector<Span>& out_;
  std::vector<Part> parts_;
};

// Steps that change the text write a new one.
class Rewriter {
 public:
  explicit Rewriter(std::string_view text) : text_(text) { new_text_.reserve(text.size() + 16); }

  void rewrite(const PrefixBlank&, Span piece, bool) {
    const std::uint32_t begin = place(new_text_.size());
    const std::string_view old = text_.substr(piece.begin, piece.end - piece.begin);
    if (old[0] != ' ') new_text_ += ' ';
    new_text_ += old;
    pieces_.push_back({begin, place(new_text_.size())});
  }

  void rewrite(const Metaspace& step, Span piece, bool is_first) {
    const std::uint32_t begin = place(new_text_.size());
    const std::string_view old = text_.substr(piece.begin, piece.end - piece.begin);
    const bool prepend =
        step.prepend == Metaspace::Prepend::Always ||
        (step.prepend == Metaspace::Prepend::First && is_first && piece.begin == 0);
    if (prepend && old[0] != ' ' && !old.starts_with(step.replacement))
      new_text_ += step.replacement;
    for (const char c : old) {
      if (c == ' ') {
        new_text_ += step.replacement;
      } else {
        new_text_ += c;
      }
    }
    const Span whole{begin, place(new_text_.size())};
    if (!step.split) {
      pieces_.push_back(whole);
      return;
    }
    const PatternSplit cut{.literal = step.replacement, .behavior = SplitBehavior::MergedWithNext};
    Splitter(new_text_, pieces_).split(cut, whole);
  }

  void rewrite(const ToByteAlphabet&, Span piece, bool) {
    const std::uint32_t begin = place(new_text_.size());
    for (std::uint32_t i = piece.begin; i < piece.end; ++i) {
      append_utf8(new_text_, byte_to_alphabet(static_cast<unsigned char>(text_[i])));
    }
    pieces_.push_back({begin, place(new_text_.size())});
  }

  void rewrite(const FromByteAlphabet&, Span piece, bool) {
    const std::uint32_t begin = place(new_text_.size());
    for (std::uint32_t i = piece.begin; i < piece.end;) {
      const CodePoint read = read_valid_utf8(text_.data() + i);
      new_text_ += static_cast<char>(alphabet_to_byte(read.value));
      i += place(read.length);
    }
    pieces_.push_back({begin, place(new_text_.size())});
  }

  void finish(std::string& text, std::vector<Span>& pieces) {
    text = std::move(new_text_);
    pieces = std::move(pieces_);
  }

 private:
  std::string_view text_;
  std::string new_text_;
  std::vector<Span> pieces_;
};

template <typename Step>
constexpr bool kRewrites = !std::is_same_v<Step, ClassSplit> && !std::is_same_v<Step, PatternSplit>;

}  // namespace

void PreTokenizer::split(std::string& text, bool is_first, std::vector<Span>& pieces) const {
  pieces.assign(1, {0, place(text.size())});
  for (const PreTokenizerStep& any_step : steps_) {
    std::visit(
        [&](const auto& step) {
          if constexpr (kRewrites<std::decay_t<decltype(step)>>) {
            Rewriter rewriter(text);
            for (const Span piece : pieces) rewriter.rewrite(step, piece, is_first);
            rewriter.finish(text, pieces);
          } else {
            std::vector<Span> next;
            next.reserve(pieces.size());
            Splitter splitter(text, next);
            for (const Span piece : pieces) splitter.split(step, piece);
            pieces.swap(next);
          }
        },
        any_step);
  }
}

PatternSplit split_by_expression(std::string_view pattern, SplitBehavior behavior, bool invert,
                                 std::string_view where) {
  PatternSplit step{.behavior = behavior, .invert = invert};
  // Kept pieces are the same whether a match or what lies between is called the match.
  if (behavior == SplitBehavior::Isolated) step.scanner = find_split_scanner(pattern);
  if (step.scanner == nullptr) step.regex = std::make_shared<const Regex>(pattern, where);
  return step;
}

}  // namespace bantam::text

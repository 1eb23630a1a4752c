#include "text/replies/reply_stream.h"

#include <iterator>
#include <utility>

namespace bantam::replies {

std::vector<ReplyEvent> ReplyStream::push(text::TokenId id) {
  if (tokenizer_->is_control(id)) return parser_.push(tokenizer_->piece(id), PieceKind::Control);
  return parser_.push(decoder_.push(id));
}

std::vector<ReplyEvent> ReplyStream::finish() {
  std::vector<ReplyEvent> events = parser_.push(decoder_.finish());
  std::vector<ReplyEvent> rest = parser_.finish();
  events.insert(events.end(), std::make_move_iterator(rest.begin()),
                std::make_move_iterator(rest.end()));
  return events;
}

}  // namespace bantam::replies

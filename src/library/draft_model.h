// Whether one model can guess for another.
#pragma once

#include "library/loaded_model.h"

namespace bantam::library {

// Throws Unsupported, naming the first token that differs, where an id does not mean the same text
// to both. Ids that mean nothing, with which vocabularies are filled up, do not count.
void check_draft_vocabulary(const LoadedModel& model, const LoadedModel& draft);

}  // namespace bantam::library

// Llama 1 to 3.x and every model that shares its network: TinyLlama, SmolLM2, Vicuna and others.
#pragma once

#include "model/families/families.h"

namespace bantam::model {

Family llama_family();

}  // namespace bantam::model

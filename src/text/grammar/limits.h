// What a grammar may cost. One past a limit is refused with Error{BadInput}.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bantam::grammar::limits {

inline constexpr std::size_t kSourceBytesMax = 256 << 10;
inline constexpr int kDepthMax = 128;                // brackets inside brackets, schemas in schemas
inline constexpr std::size_t kStatesMax = 200'000;   // before and after determinization
inline constexpr std::size_t kEdgesMax = 1'000'000;  // 16 bytes each
inline constexpr std::size_t kSubsetsMax = 2'000'000;  // states in all subsets of determinization
inline constexpr std::size_t kRepetitionMax = 1'000'000;  // n of {m,n}, maxLength, maxItems
inline constexpr std::size_t kSchemasMax = 20'000;        // combinations that a schema's parts make
inline constexpr std::size_t kSchemaPartsMax = 500'000;   // of all of them

}  // namespace bantam::grammar::limits

// Numbers as Go writes them.
#pragma once

#include <string>

namespace bantam::gotemplate {

// strconv's %g with as many digits as tell the number from its neighbours: 0.5, 1e+06.
std::string shortest_number(double value);
// encoding/json's: 1000000, 1e+21, 1e-7.
std::string json_number(double value);
// 'e', 'f' or 'g' (or upper case) with `precision` digits.
std::string precise_number(double value, char verb, int precision);

}  // namespace bantam::gotemplate

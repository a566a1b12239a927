// What a page's scripts read: arms with their trials, and the charts' panels and tables.
#pragma once

#include "base/json.h"
#include "report/document.h"

namespace bnexp::report {

// Each text, table and section of settings that repeats is there once; reports/page/data.js reads the format:
// {"repeat": command to repeat a trial, without its id, "metrics": [names],
//  "sections": [{"name", "values": [distinct values]}] of the arms' settings,
//  "arms": [{"label", "sections": null | [index into each section's values], "trials": [[id, seed, status, seconds,
//            [metrics] | null, failure, where]]}],
//  "tables": [{name: column}], "charts": {id: {"panels": [Vega-Lite, {"table": index} for its {"values": rows}],
//                                              "data": {"names", "numeric", "cells": [column]}}}}
// A column is a list or, of text, {"of": distinct values, "at": [index of each row's value]}.
Json page_data(const Document& document);

}  // namespace bnexp::report

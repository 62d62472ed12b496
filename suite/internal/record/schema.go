package record

import _ "embed"

// Schema is the JSON Schema (draft 2020-12) of a recording. Its definitions
// head, trial and end describe the three kinds of line of a stream.
//
//go:embed recording.schema.json
var Schema []byte
